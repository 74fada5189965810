import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * Ends this JVM when the process that started it ends in any way: the pipe to standard input closes then.
 * A shutdown hook of the parent would not run after SIGKILL.
 */
final class Leash {
    /** Also removes `folder`, which no other process would do. */
    static void hold(Path folder) {
        hold(() -> remove(folder));
    }

    static void hold(Runnable farewell) {
        Thread leash = new Thread(() -> {
            try {
                while (System.in.read() != -1) {
                }
            } catch (IOException gone) {
                // A broken pipe means the same as its end.
            }
            try {
                farewell.run();
            } finally {
                Runtime.getRuntime().halt(1);
            }
        }, "leash");
        leash.setDaemon(true);
        leash.start();
    }

    /** Removes as much as possible: a node that is still running may be writing into the folder. */
    private static void remove(Path folder) {
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | RuntimeException busy) {
            // The rest is in the system's temporary folder.
        }
    }
}
