import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A member of a share group (KIP-932). Such a group keeps no committed offsets. */
final class ShareMember implements Clients.Client {
    private final KafkaShareConsumer<byte[], byte[]> consumer;

    ShareMember(String group, Map<String, Object> properties) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put("group.id", group);
        consumer = new KafkaShareConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Object answer(String action, JsonNode command) {
        switch (action) {
            case "subscribe" -> {
                List<String> topics = new ArrayList<>();
                command.get("topics").forEach(topic -> topics.add(topic.asText()));
                consumer.subscribe(topics);
                consumer.poll(Duration.ofSeconds(1));
            }
            case "close" -> consumer.close();
            default -> throw new IllegalArgumentException(action);
        }
        return null;
    }
}
