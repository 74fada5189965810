import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer with a group id, which subscribes, assigns, reads records and commits only on request. */
final class GroupConsumer implements Clients.Client {
    private final KafkaConsumer<byte[], byte[]> consumer;

    GroupConsumer(String group, Map<String, Object> properties) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "group.id", group,
                "enable.auto.commit", "false",
                // The member must stay in the group between two commands, although it does not poll.
                "max.poll.interval.ms", "3600000"));
        all.putAll(properties);
        consumer = new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Object answer(String action, JsonNode command) {
        switch (action) {
            case "subscribe" -> {
                List<String> topics = new ArrayList<>();
                command.get("topics").forEach(topic -> topics.add(topic.asText()));
                return subscribe(topics);
            }
            case "assign" -> {
                List<TopicPartition> partitions = new ArrayList<>();
                command.get("partitions").forEach(item -> partitions.add(partition(item)));
                consumer.assign(partitions);
                return null;
            }
            case "commit" -> {
                Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                for (JsonNode item : command.get("offsets"))
                    offsets.put(partition(item), new OffsetAndMetadata(
                            Long.parseLong(item.get("offset").asText()), item.path("metadata").asText("")));
                consumer.commitSync(offsets);
                return null;
            }
            case "poll" -> {
                return poll(Duration.ofMillis(command.get("timeoutMs").asLong()));
            }
            case "close" -> {
                consumer.close();
                return null;
            }
            default -> throw new IllegalArgumentException(action);
        }
    }

    /** Joins the group. Its partitions are paused, so that it reads no record before `poll`. */
    private Object subscribe(List<String> topics) {
        consumer.subscribe(topics, new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                consumer.pause(partitions);
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            }
        });

        long end = System.currentTimeMillis() + 120_000;
        while (consumer.assignment().isEmpty() && System.currentTimeMillis() < end) consumer.poll(Duration.ofMillis(100));
        if (consumer.assignment().isEmpty()) throw new IllegalStateException("no partition assigned within 120 s");
        return consumer.assignment().stream().map(partition -> place(partition.topic(), partition.partition(), null)).toList();
    }

    /** The first record of each partition shows where the consumer resumed: `position` has moved after the poll. */
    private Object poll(Duration timeout) {
        consumer.resume(consumer.assignment());
        long end = System.currentTimeMillis() + timeout.toMillis();
        Map<TopicPartition, Object> first = new LinkedHashMap<>();
        while (first.isEmpty() && System.currentTimeMillis() < end)
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100)))
                first.putIfAbsent(
                        new TopicPartition(record.topic(), record.partition()),
                        place(record.topic(), record.partition(), record.offset()));
        return first.values();
    }

    private static TopicPartition partition(JsonNode item) {
        return new TopicPartition(item.get("topic").asText(), item.get("partition").asInt());
    }

    private static Map<String, Object> place(String topic, int partition, Long offset) {
        Map<String, Object> place = new LinkedHashMap<>(Map.of("topic", topic, "partition", partition));
        // A decimal string: JavaScript's numbers end at 2^53.
        if (offset != null) place.put("offset", offset.toString());
        return place;
    }
}
