import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs one Kafka node. Before that, formats the log folder in the same JVM if the folder is still empty.
 * Arguments: the folder to remove if the parent dies, the server.properties, and options of `kafka-storage format`.
 */
public final class KafkaNode {
    public static void main(String[] arguments) throws Exception {
        Leash.hold(Path.of(arguments[0]));
        String properties = arguments[1];

        List<String> format = new ArrayList<>(List.of("format", "--ignore-formatted", "--config", properties));
        format.addAll(Arrays.asList(arguments).subList(2, arguments.length));
        int exit = Storage.run(format.toArray(String[]::new));
        if (exit != 0) System.exit(exit);

        kafka.Kafka.main(new String[] {properties});
    }
}
