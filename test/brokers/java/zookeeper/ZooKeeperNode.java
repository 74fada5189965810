import java.io.File;
import java.io.FileReader;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/**
 * Runs one Kafka node from before KRaft, and its ZooKeeper, in one JVM.
 * Arguments: the folder to remove if the parent dies, and the server.properties.
 */
public final class ZooKeeperNode {
    private static final int TICK_MS = 2000;
    private static final int MOST_CONNECTIONS = 60;

    public static void main(String[] arguments) throws Exception {
        Leash.hold(Path.of(arguments[0]));
        Properties properties = new Properties();
        try (FileReader file = new FileReader(arguments[1])) {
            properties.load(file);
        }

        String[] address = properties.getProperty("zookeeper.connect").split(":");
        File data = new File(properties.getProperty("log.dirs") + "-zookeeper");
        NIOServerCnxnFactory connections = new NIOServerCnxnFactory();
        connections.configure(new InetSocketAddress(address[0], Integer.parseInt(address[1])), MOST_CONNECTIONS);
        connections.startup(new ZooKeeperServer(data, data, TICK_MS));

        kafka.Kafka.main(new String[] {arguments[1]});
    }
}
