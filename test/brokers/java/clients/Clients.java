import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs Kafka's own clients. Each line of JSON on standard input, {id, client, action, ...}, gets a line {id, result} or
 * {id, error}. Every client has one thread, since only one thread may use a consumer. The JVM ends with its input, and
 * no client leaves its group.
 */
public final class Clients {
    private static final ObjectMapper json = new ObjectMapper();
    private static final Map<String, Client> clients = new ConcurrentHashMap<>();
    private static final Map<String, ExecutorService> threads = new ConcurrentHashMap<>();

    /** The result of an action becomes JSON. */
    interface Client {
        Object answer(String action, JsonNode command) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        String bootstrap = arguments[0];
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

        for (String line; (line = input.readLine()) != null; ) {
            JsonNode command = json.readTree(line);
            threads.computeIfAbsent(command.get("client").asText(), name -> Executors.newSingleThreadExecutor())
                    .submit(() -> answer(bootstrap, command));
        }
        Runtime.getRuntime().halt(0);
    }

    private static void answer(String bootstrap, JsonNode command) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", command.get("id"));
        try {
            String name = command.get("client").asText();
            Client client = clients.computeIfAbsent(name, unknown -> create(bootstrap, command));
            answer.put("result", client.answer(command.get("action").asText(), command));
        } catch (Throwable error) {
            answer.put("error", error.toString());
        }
        print(answer);
    }

    private static Client create(String bootstrap, JsonNode command) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("bootstrap.servers", bootstrap);
        command.get("properties").properties().forEach(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
        String group = command.get("group").asText();

        return switch (command.get("kind").asText()) {
            case "consumer" -> new GroupConsumer(group, properties);
            case "streams" -> new StreamsMember(group, properties);
            case "share" -> new ShareMember(group, properties);
            default -> throw new IllegalArgumentException(command.get("kind").asText());
        };
    }

    private static synchronized void print(Object answer) {
        try {
            System.out.println(json.writeValueAsString(answer));
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
