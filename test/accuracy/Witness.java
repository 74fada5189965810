import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Polls Kafka's own Admin for all committed offsets of some groups, and prints a line of JSON for each change: {group,
 * topic, partition, offset, after, by}. `after` is the start of the last poll with the old offset, `by` the end of the
 * first poll with the new one; a null offset means none. Prints {watchedUntil} once a second. Arguments: bootstrap
 * servers, ms between two polls, groups.
 */
public final class Witness {
    private static final ObjectMapper json = new ObjectMapper();

    /** The last answer about a group, and the time of its request. */
    private record Seen(long askedAt, Map<TopicPartition, Long> offsets) {}

    public static void main(String[] arguments) throws Exception {
        endWithInput();
        long pause = Long.parseLong(arguments[1]);
        List<String> groups = Arrays.asList(arguments).subList(2, arguments.length);

        Properties settings = new Properties();
        settings.put("bootstrap.servers", arguments[0]);
        settings.put("retry.backoff.max.ms", "100");
        settings.put("reconnect.backoff.max.ms", "100");
        settings.put("request.timeout.ms", "5000");
        settings.put("default.api.timeout.ms", "5000");

        Map<String, Seen> seen = new ConcurrentHashMap<>();
        for (String group : groups) seen.put(group, new Seen(System.currentTimeMillis(), Map.of()));
        Map<String, Boolean> asked = new ConcurrentHashMap<>();

        try (Admin admin = Admin.create(settings)) {
            for (long polls = 0; ; polls++) {
                // A group whose coordinator is away does not delay the others.
                List<String> idle = groups.stream().filter(group -> !asked.containsKey(group)).toList();
                long askedAt = System.currentTimeMillis();
                idle.forEach(group -> asked.put(group, true));
                var answers = admin.listConsumerGroupOffsets(idle.stream().collect(
                        Collectors.toMap(Function.identity(), group -> new ListConsumerGroupOffsetsSpec())));
                for (String group : idle)
                    answers.partitionsToOffsetAndMetadata(group).whenComplete((offsets, error) -> {
                        if (error == null) seen.compute(group, (name, before) -> compare(name, before, askedAt, offsets));
                        asked.remove(group);
                    });

                if (polls % Math.max(1, 1000 / pause) == 0)
                    print(Map.of("watchedUntil", seen.values().stream().mapToLong(Seen::askedAt).min().orElse(0)));
                Thread.sleep(pause);
            }
        }
    }

    private static Seen compare(String group, Seen before, long askedAt, Map<TopicPartition, OffsetAndMetadata> answer) {
        long by = System.currentTimeMillis();
        Map<TopicPartition, Long> offsets = new HashMap<>();
        answer.forEach((partition, committed) -> {
            if (committed != null) offsets.put(partition, committed.offset());
        });

        Map<TopicPartition, Long> changed = new HashMap<>();
        before.offsets().keySet().forEach(partition -> changed.put(partition, offsets.get(partition)));
        changed.putAll(offsets);
        changed.forEach((partition, offset) -> {
            Long was = before.offsets().get(partition);
            if (was == null ? offset == null : was.equals(offset)) return;

            Map<String, Object> change = new LinkedHashMap<>();
            change.put("group", group);
            change.put("topic", partition.topic());
            change.put("partition", partition.partition());
            change.put("offset", offset == null ? null : offset.toString());
            change.put("after", before.askedAt());
            change.put("by", by);
            print(change);
        });
        return new Seen(askedAt, offsets);
    }

    private static synchronized void print(Object line) {
        try {
            System.out.println(json.writeValueAsString(line));
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The JVM ends when the process that started it ends in any way, because its pipe closes. */
    private static void endWithInput() {
        Thread leash = new Thread(() -> {
            try {
                while (System.in.read() != -1) {
                }
            } catch (java.io.IOException gone) {
                // A broken pipe means the same as its end.
            }
            Runtime.getRuntime().halt(0);
        });
        leash.setDaemon(true);
        leash.start();
    }
}
