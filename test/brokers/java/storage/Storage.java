/** `kafka-storage`, of Kafka 3.9 and later. */
final class Storage {
    /** Returns the exit code. */
    static int run(String[] arguments) {
        return kafka.tools.StorageTool.execute(arguments, System.out);
    }
}
