import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;

/**
 * Reads all of `__consumer_offsets` with Kafka's own consumer and its coordinator's own classes. Prints the last record
 * of each offset as a line of JSON, or with "count" only their number.
 */
public final class OffsetsLog {
    private record Key(String group, String topic, int partition) {}

    private record Last(long logOffset, long timestamp, OffsetCommitValue value) {}

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", arguments[0],
                "isolation.level", "read_committed",
                "exclude.internal.topics", "false",
                "max.poll.records", "10000");
        Map<Key, Last> last = new HashMap<>();
        long records = 0;

        try (var consumer = new KafkaConsumer<>(properties, new ByteBufferDeserializer(), new ByteBufferDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor("__consumer_offsets").stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition)))
                for (ConsumerRecord<ByteBuffer, ByteBuffer> record : consumer.poll(Duration.ofMillis(100))) {
                    records++;
                    take(last, record);
                }
        }
        if (arguments.length > 1) System.out.println(records + " records, " + last.size() + " offsets");
        else print(last);
    }

    private static void take(Map<Key, Last> last, ConsumerRecord<ByteBuffer, ByteBuffer> record) {
        short type = record.key().getShort();
        if (type != 0 && type != 1) return;
        var key = new OffsetCommitKey(new ByteBufferAccessor(record.key()), (short) 0);
        OffsetCommitValue value = null;
        if (record.value() != null) {
            short version = record.value().getShort();
            value = new OffsetCommitValue(new ByteBufferAccessor(record.value()), version);
        }
        last.put(new Key(key.group(), key.topic(), key.partition()), new Last(record.offset(), record.timestamp(), value));
    }

    private static void print(Map<Key, Last> all) throws Exception {
        var json = new ObjectMapper();
        for (var entry : all.entrySet()) {
            Last last = entry.getValue();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("group", entry.getKey().group());
            line.put("topic", entry.getKey().topic());
            line.put("partition", entry.getKey().partition());
            line.put("logOffset", last.logOffset());
            line.put("timestamp", last.timestamp());
            if (last.value() != null) {
                // A decimal string: JavaScript's numbers end at 2^53.
                line.put("offset", String.valueOf(last.value().offset()));
                line.put("leaderEpoch", last.value().leaderEpoch());
                line.put("metadata", last.value().metadata());
                line.put("committedAt", last.value().commitTimestamp());
                line.put("expiresAt", last.value().expireTimestamp());
                line.put("topicId", last.value().topicId().toString());
            }
            System.out.println(json.writeValueAsString(line));
        }
    }
}
