import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Runs the main class in its first argument. At the end it prints the resources that the process has used. */
public final class Usage {
    public static void main(String[] arguments) throws Throwable {
        Runtime.getRuntime().addShutdownHook(new Thread(Usage::print));
        Class.forName(arguments[0])
                .getMethod("main", String[].class)
                .invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    private static void print() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        System.err.printf("%nusage {\"cpu\":%.3f,\"peak\":%.1f}%n", system.getProcessCpuTime() / 1e9, peak());
    }

    /** MiB of resident memory; 0 if this is not Linux. */
    private static double peak() {
        try {
            var matcher = Pattern.compile("VmHWM:\\s+(\\d+)").matcher(Files.readString(Path.of("/proc/self/status")));
            return matcher.find() ? Long.parseLong(matcher.group(1)) / 1024.0 : 0;
        } catch (Exception unknown) {
            return 0;
        }
    }
}
