import org.apache.kafka.common.utils.Exit;

/** `kafka-storage` before Kafka 3.9, which always ends the JVM through Kafka's own Exit. */
final class Storage {
    /** Returns the exit code. */
    static int run(String[] arguments) {
        Exit.setExitProcedure((status, message) -> {
            throw new Exited(status);
        });
        try {
            kafka.tools.StorageTool.main(arguments);
            return 0;
        } catch (Exited exited) {
            return exited.status;
        } finally {
            Exit.resetExitProcedure();
        }
    }

    private static final class Exited extends RuntimeException {
        final int status;

        Exited(int status) {
            this.status = status;
        }
    }
}
