package io.github.skywalker.examples.journey;

import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS on the client port: a client shows a certificate, too. The files are followed. */
final class ClientTls implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClientTls.class);

  private static final int REFRESH_SECONDS = 5;

  /** Kinds of failures remembered as logged; strangers have a say in how many there are. */
  private static final int MOST_LOGGED = 1000;

  private static final Pattern SERVER =
      Pattern.compile("skywalker://journey-\\d+-groups/node/\\d+");

  private final TlsFiles files;
  private final Set<String> logged = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService reader =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "tls-files");
            thread.setDaemon(true);
            return thread;
          });

  private ClientTls(TlsFiles files) {
    this.files = files;
    var unused =
        reader.scheduleWithFixedDelay(
            this::refresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
  }

  /** Reads the files, and again whenever they have changed. */
  static ClientTls start(TlsOptions options) throws IOException {
    return new ClientTls(TlsFiles.read(options));
  }

  /**
   * Whether a certificate is that of a server. Each authority that the shell trusts issues those of
   * clients as well, and none of them may pass for a server.
   */
  static boolean isServer(X509Certificate certificate) {
    return TlsFiles.uris(certificate).stream().anyMatch(uri -> SERVER.matcher(uri).matches());
  }

  private void refresh() {
    try {
      files.refresh();
    } catch (IOException notInOrder) {
      logOnce(
          "The files for TLS cannot be used, those from before are: " + notInOrder.getMessage());
    }
  }

  /** What encrypts one connection. */
  SslHandler handler() {
    return new SslHandler(files.engine(false));
  }

  /** A client was turned away. */
  void refused(String host, Throwable why) {
    logOnce("Refused a client from " + host + ": " + why.getMessage());
  }

  private void logOnce(String line) {
    if (logged.size() < MOST_LOGGED && logged.add(line)) {
      log.warn("{}", line);
    }
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}
