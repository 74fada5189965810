import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Plays Amazon MSK's part: a token is a presigned request for kafka-cluster:Connect, whose signature is verified.
 * System properties: `msk.region`, and `msk.keys`, a file of `ACCESS_KEY=SECRET` and `ACCESS_KEY.token=SESSION_TOKEN`.
 */
public final class MskIamHandler implements AuthenticateCallbackHandler {
    private static final DateTimeFormatter AMZ_DATE =
        DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> jaas) {}

    @Override
    public void close() {}

    @Override
    public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
        for (Callback callback : callbacks) {
            if (callback instanceof OAuthBearerValidatorCallback token) validate(token);
            else if (callback instanceof OAuthBearerExtensionsValidatorCallback extensions)
                extensions.inputExtensions().map().keySet().forEach(extensions::valid);
            else throw new UnsupportedCallbackException(callback);
        }
    }

    private static void validate(OAuthBearerValidatorCallback callback) throws IOException {
        try {
            callback.token(verified(callback.tokenValue()));
        } catch (GeneralSecurityException | RuntimeException refused) {
            // Like MSK, this handler gives no reason.
            callback.error("access_denied", null, null);
        }
    }

    private static OAuthBearerToken verified(String token) throws GeneralSecurityException, IOException {
        URI address = URI.create(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8));
        Map<String, String> query = new TreeMap<>();
        for (String pair : address.getRawQuery().split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(URLDecoder.decode(parts[0], StandardCharsets.UTF_8), URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        String signature = query.remove("X-Amz-Signature");
        // The client adds User-Agent after it has signed the request.
        expect(query.remove("User-Agent") != null);

        String region = System.getProperty("msk.region");
        String host = "kafka." + region + ".amazonaws.com";
        expect(address.getScheme().equals("https") && address.getPath().equals("/") && address.getHost().equals(host));
        expect("kafka-cluster:Connect".equals(query.get("Action")));
        expect("AWS4-HMAC-SHA256".equals(query.get("X-Amz-Algorithm")));
        expect("host".equals(query.get("X-Amz-SignedHeaders")));

        String[] credential = query.get("X-Amz-Credential").split("/");
        String date = query.get("X-Amz-Date");
        expect(credential.length == 5 && credential[1].equals(date.substring(0, 8)) && credential[2].equals(region)
            && credential[3].equals("kafka-cluster") && credential[4].equals("aws4_request"));

        Properties keys = new Properties();
        try (InputStream file = Files.newInputStream(Path.of(System.getProperty("msk.keys")))) {
            keys.load(file);
        }
        String secret = keys.getProperty(credential[0]);
        expect(secret != null);
        expect(Objects.equals(keys.getProperty(credential[0] + ".token"), query.get("X-Amz-Security-Token")));
        expect(MessageDigest.isEqual(sign(secret, credential, host, date, query).getBytes(), signature.getBytes()));

        Instant signedAt = AMZ_DATE.parse(date, Instant::from);
        Instant end = signedAt.plusSeconds(Math.min(900, Integer.parseInt(query.get("X-Amz-Expires"))));
        Instant now = Instant.now();
        expect(now.isBefore(end) && signedAt.isBefore(now.plus(Duration.ofMinutes(5))));
        return new Signed(token, credential[0], end.toEpochMilli());
    }

    private static String sign(String secret, String[] credential, String host, String date, Map<String, String> query)
            throws GeneralSecurityException {
        String canonicalQuery = query.entrySet().stream()
            .map(pair -> encoded(pair.getKey()) + "=" + encoded(pair.getValue()))
            .sorted()
            .collect(Collectors.joining("&"));
        String request = String.join("\n", "GET", "/", canonicalQuery, "host:" + host, "", "host", sha256(""));
        String scope = String.join("/", credential[1], credential[2], credential[3], credential[4]);
        byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
        for (int part = 1; part < credential.length; part++) key = hmac(key, credential[part]);
        return HexFormat.of().formatHex(hmac(key, String.join("\n", "AWS4-HMAC-SHA256", date, scope, sha256(request))));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
    }

    private static String sha256(String text) throws GeneralSecurityException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void expect(boolean condition) throws GeneralSecurityException {
        if (!condition) throw new GeneralSecurityException("refused");
    }

    private record Signed(String value, String principalName, long lifetimeMs) implements OAuthBearerToken {
        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public Long startTimeMs() {
            return null;
        }
    }
}
