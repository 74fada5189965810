import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * Ends this JVM when the process that started it ends, however that happens: the pipe to standard input closes then.
 * A shutdown hook of the parent would not run after SIGKILL.
 */
final class Leash {
    /** Removes `folder` too, since nobody else is left to do it. */
    static void hold(Path folder) {
        hold(() -> remove(folder));
    }

    static void hold(Runnable farewell) {
        Thread leash = new Thread(() -> {
            try {
                while (System.in.read() != -1) {
                }
            } catch (IOException gone) {
                // A broken pipe says the same as its end.
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

    /** As far as possible: a node that is still running may be writing into it. */
    private static void remove(Path folder) {
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | RuntimeException busy) {
            // What is left stands in the system's temporary folder.
        }
    }
}
