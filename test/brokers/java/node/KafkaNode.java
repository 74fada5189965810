import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One Kafka node: formats its log folder where that is still empty, then runs, in one JVM instead of two.
 * Arguments: the folder to remove should the parent die, the server.properties, and options of `kafka-storage format`.
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
