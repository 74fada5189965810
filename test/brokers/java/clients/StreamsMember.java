import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;

/** A member of a streams group (KIP-1071), which reads the records of its topic, and only commits its progress. */
final class StreamsMember implements Clients.Client {
    private final Map<String, Object> properties;
    private KafkaStreams streams;

    StreamsMember(String group, Map<String, Object> more) {
        properties = new HashMap<>(Map.of(
                "application.id", group,
                "group.protocol", "streams",
                "commit.interval.ms", "100"));
        properties.putAll(more);
    }

    @Override
    public Object answer(String action, JsonNode command) throws Exception {
        switch (action) {
            case "subscribe" -> {
                var builder = new StreamsBuilder();
                command.get("topics").forEach(topic -> builder
                        .stream(topic.asText(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                        .foreach((key, value) -> {}));
                streams = new KafkaStreams(builder.build(), new StreamsConfig(properties));
                var failure = new AtomicReference<Throwable>();
                streams.setUncaughtExceptionHandler(error -> {
                    failure.set(error);
                    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
                });
                streams.start();

                long end = System.currentTimeMillis() + 120_000;
                while (streams.state() != KafkaStreams.State.RUNNING) {
                    if (failure.get() != null) throw new IllegalStateException(failure.get());
                    if (System.currentTimeMillis() > end) throw new IllegalStateException("not running after 120 s");
                    Thread.sleep(50);
                }
            }
            case "close" -> streams.close(CloseOptions.timeout(Duration.ofSeconds(20))
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            default -> throw new IllegalArgumentException(action);
        }
        return null;
    }
}
