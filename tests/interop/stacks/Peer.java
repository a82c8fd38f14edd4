// Peer.java: Java's JSSE as a foreign peer. It reads jobs from its input and answers in lines of
// JSON, as docs/internals/interop.md says ("Programs of our own").

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

final class Peer {
    private static final int PATIENCE = 20000; // milliseconds, for one read
    private static final byte[] OK = "HTTP/1.0 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static synchronized void say(String job, String facts) {
        System.out.println("{\"job\": \"" + job + "\", " + facts + "}");
    }

    private static String failed(Exception e) {
        return "\"ok\": false, \"said\": \"" + e.toString().replaceAll("[\"\\\\\\p{Cntrl}]", "'")
            + "\"";
    }

    private static String agreed(SSLSocket tls) {
        SSLSession session = tls.getSession();
        String alpn = tls.getApplicationProtocol();
        return "\"ok\": true, \"version\": \"" + session.getProtocol() + "\", \"suite\": \""
            + session.getCipherSuite() + "\", \"alpn\": "
            + (alpn == null || alpn.isEmpty() ? "null" : "\"" + alpn + "\"");
    }

    // ---- what it shows and whom it believes ---------------------------------------------------

    /** Shown is the one certificate, shown to whoever asks, whatever authorities he names. */
    private static final class Shown extends X509ExtendedKeyManager {
        private final X509Certificate[] chain;
        private final PrivateKey key;

        Shown(X509Certificate[] chain, PrivateKey key) {
            this.chain = chain;
            this.key = key;
        }

        private String fits(String type) {
            String own = chain[0].getPublicKey().getAlgorithm();
            return type.equals(own) || type.startsWith("EC") && own.equals("EC") ? "it" : null;
        }

        private String fits(String[] types) {
            return Arrays.stream(types).anyMatch(type -> fits(type) != null) ? "it" : null;
        }

        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {"it"};
        }

        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[] {"it"};
        }

        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return fits(types);
        }

        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return fits(type);
        }

        public String chooseEngineClientAlias(String[] types, Principal[] i, SSLEngine engine) {
            return fits(types);
        }

        public String chooseEngineServerAlias(String type, Principal[] i, SSLEngine engine) {
            return fits(type);
        }

        public X509Certificate[] getCertificateChain(String alias) {
            return chain;
        }

        public PrivateKey getPrivateKey(String alias) {
            return key;
        }
    }

    private static X509Certificate[] certificates(String path) throws Exception {
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in)
                .toArray(new X509Certificate[0]);
        }
    }

    private static PrivateKey key(String path) throws Exception {
        String body = Files.readString(Path.of(path)).replaceAll("-----[^-]*-----|\\s", "");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body));
        for (String kind : new String[] {"EC", "RSA", "RSASSA-PSS", "EdDSA"}) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                continue; // of another kind
            }
        }
        throw new GeneralSecurityException("no kind of key: " + path);
    }

    private static SSLContext context(Map<String, String> words) throws Exception {
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        for (X509Certificate anchor : certificates(words.get("anchors"))) {
            anchors.setCertificateEntry("anchor" + anchors.size(), anchor);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(anchors);
        KeyManager[] keys = {};
        if (words.containsKey("cert")) {
            keys = new KeyManager[] {
                new Shown(certificates(words.get("cert")), key(words.get("key")))};
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust.getTrustManagers(), null);
        return context;
    }

    private static SSLParameters parameters(SSLContext context, Map<String, String> words) {
        SSLParameters p = context.getDefaultSSLParameters();
        String version = words.get("version");
        p.setProtocols(version == null ? new String[] {"TLSv1.3", "TLSv1.2"}
                                       : new String[] {"TLSv" + version});
        if (words.containsKey("suites")) {
            p.setCipherSuites(words.get("suites").split(","));
        }
        if (words.containsKey("alpn")) {
            p.setApplicationProtocols(words.get("alpn").split(","));
        }
        p.setNeedClientAuth("required".equals(words.get("auth")));
        if ("optional".equals(words.get("auth"))) {
            p.setWantClientAuth(true);
        }
        return p;
    }

    // ---- both roles ---------------------------------------------------------------------------

    private static String client(Map<String, String> words) throws Exception {
        SSLContext context = context(words);
        SSLParameters parameters = parameters(context, words);
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        int port = Integer.parseInt(words.get("port"));
        try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), port)) {
            raw.setSoTimeout(PATIENCE);
            raw.setTcpNoDelay(true);
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(
                raw, words.get("name"), port, false);
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            byte[] request = ("GET " + words.get("path") + " HTTP/1.0\r\n\r\n").getBytes();
            boolean cut = "truncated".equals(words.get("end"));
            tls.getOutputStream().write(request, 0, cut ? 7 : request.length);
            String facts = agreed(tls);
            if (cut) {
                return facts; // without a close_notify
            }
            Files.write(Path.of(words.get("out")), tls.getInputStream().readAllBytes());
            tls.close();
            return facts + ", \"end\": \"clean\""; // a cut is an exception
        }
    }

    /** visit serves one connection: it echoes, or answers a request with a page. */
    private static String visit(Map<String, String> words, SSLContext context, Socket raw,
                                byte[] page) throws IOException {
        raw.setSoTimeout(PATIENCE);
        raw.setTcpNoDelay(true);
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(raw, null, false);
        tls.setSSLParameters(parameters(context, words));
        tls.startHandshake();
        String facts = agreed(tls);
        InputStream in = tls.getInputStream();
        if (words.containsKey("echo")) {
            in.transferTo(tls.getOutputStream());
            tls.close();
            return facts;
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        byte[] piece = new byte[4096];
        while (!request.toString().contains("\r\n\r\n")) {
            int n = in.read(piece);
            if (n < 0) {
                return facts;
            }
            request.write(piece, 0, n);
        }
        tls.getOutputStream().write(OK);
        tls.getOutputStream().write(page);
        if (!"truncated".equals(words.get("end"))) {
            tls.close();
        }
        return facts;
    }

    private static void serve(Map<String, String> words, ServerSocket listener) {
        String job = words.get("job");
        byte[] page = "a page\n".getBytes();
        try {
            SSLContext context = context(words);
            if (words.containsKey("page")) {
                page = Files.readAllBytes(Path.of(words.get("page")));
            }
            say(job, "\"port\": " + listener.getLocalPort());
            while (true) {
                try (Socket raw = listener.accept()) {
                    say(job, visit(words, context, raw, page));
                } catch (IOException e) {
                    if (listener.isClosed()) {
                        return;
                    }
                    say(job, failed(e));
                }
            }
        } catch (Exception e) {
            say(job, failed(e));
        }
    }

    private static Map<String, String> words(String[] fields) {
        Map<String, String> words = new HashMap<>();
        for (int i = 1; i < fields.length; i++) {
            int at = fields[i].indexOf('=');
            words.put(fields[i].substring(0, at), fields[i].substring(at + 1));
        }
        return words;
    }

    public static void main(String[] args) throws IOException {
        // So early that three megabytes need new keys twice, and one megabyte never: a reader of JSSE
        // that reaches its limit with the end of the data in sight fails.
        Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 1100000,"
            + " ChaCha20-Poly1305 KeyUpdate 1100000");
        Map<String, ServerSocket> listeners = new ConcurrentHashMap<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] fields = line.trim().split("\\s+");
            Map<String, String> words = words(fields);
            String job = words.get("job");
            if (fields[0].equals("client")) {
                try {
                    say(job, client(words));
                } catch (Exception e) {
                    say(job, failed(e));
                }
            } else if (fields[0].equals("server")) {
                ServerSocket listener = new ServerSocket(Integer.parseInt(words.get("port")), 50,
                    InetAddress.getLoopbackAddress());
                listeners.put(job, listener);
                Thread thread = new Thread(() -> serve(words, listener));
                thread.setDaemon(true);
                thread.start();
            } else if (fields[0].equals("stop")) {
                listeners.get(job).close();
            }
        }
        System.exit(0);
    }
}
