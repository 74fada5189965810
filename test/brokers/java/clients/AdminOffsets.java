import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;

/** Reads all offsets of all groups with the AdminClient, in as few calls as possible. Prints their number. */
public final class AdminOffsets {
    public static void main(String[] arguments) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", arguments[0]))) {
            var groups = admin.listConsumerGroups().all().get().stream()
                    .collect(Collectors.toMap(group -> group.groupId(), group -> new ListConsumerGroupOffsetsSpec()));
            var offsets = admin.listConsumerGroupOffsets(groups).all().get();
            System.out.println(offsets.values().stream().mapToInt(Map::size).sum());
        }
    }
}
