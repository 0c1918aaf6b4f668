package io.github.skywalker.network;

import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS on the connections of one node: shows its certificate, and checks that those of others name
 * the node that they claim to be. The arithmetic of a handshake, and reading files, happen beside
 * the network's thread, so that a storm of connections does not hold up votes.
 */
final class Tls implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  private static final int MAX_THREADS = 2;
  private static final int IDLE_SECONDS = 10;

  /** In the reason of a failure: the other end has said it. */
  static final String ALERT = "Received fatal alert";

  static final String PLAINTEXT = "it does not speak TLS";
  static final String EXPIRED = "its certificate has expired, or is not valid yet";
  static final String UNKNOWN_AUTHORITY = "its certificate is of an authority that is not trusted";

  private final TlsFiles files;
  private final String clusterName;
  private final Reporter reporter;
  private final ThreadPoolExecutor threads;

  private Tls(TlsFiles files, NodeOptions options, Reporter reporter) {
    this.files = files;
    this.clusterName = options.clusterName();
    this.reporter = reporter;
    this.threads =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("skywalker-tls-" + options.self().nodeId(), true));
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Reads a node's files.
   *
   * @return null if the node is to do without TLS
   * @throws IOException if they cannot be used, or are those of another node
   */
  static @Nullable Tls start(NodeOptions options, Reporter reporter) throws IOException {
    if (options.tls().isEmpty()) {
      return null;
    }
    TlsOptions where = options.tls().get();
    TlsFiles files = TlsFiles.read(where);
    String name = TlsOptions.nodeUri(options.clusterName(), options.self().nodeId());
    if (!TlsFiles.uris(files.certificate()).contains(name)) {
      throw new IOException(
          where.certificate() + " is not the certificate of this node: it does not name " + name);
    }
    return new Tls(files, options, reporter);
  }

  /** Looks at the files now and then, from now on. */
  void watch(EventLoop loop, int periodMillis) {
    var unused =
        loop.scheduleWithFixedDelay(
            () -> {
              try {
                threads.execute(this::refresh);
              } catch (RejectedExecutionException closed) {
                // Then there are no more connections.
              }
            },
            periodMillis,
            periodMillis,
            TimeUnit.MILLISECONDS);
  }

  private void refresh() {
    try {
      if (files.refresh()) {
        log.info("New connections use the certificate and the authorities that were just read.");
      }
    } catch (IOException notInOrder) {
      reporter.once(
          "The files for TLS have changed, and cannot be used; those from before stay in use: "
              + notInOrder.getMessage());
    }
  }

  /** What encrypts one connection. */
  SslHandler handler(boolean client) {
    return new SslHandler(files.engine(client), threads);
  }

  /** Why whoever is at the other end cannot be this node; null if its certificate says so. */
  @Nullable String flaw(Channel channel, int node) {
    try {
      SslHandler handler = channel.pipeline().get(SslHandler.class);
      X509Certificate theirs =
          (X509Certificate) handler.engine().getSession().getPeerCertificates()[0];
      // A connection that takes a former session up again has not been looked at anew.
      theirs.checkValidity();
      return TlsFiles.uris(theirs).contains(TlsOptions.nodeUri(clusterName, node))
          ? null
          : "its certificate does not name node " + node + " of this cluster";
    } catch (SSLPeerUnverifiedException none) {
      return "it has no certificate";
    } catch (CertificateException outOfTime) {
      return EXPIRED;
    }
  }

  /** What is wrong with a connection that failed in the hands of TLS; null if that is not why. */
  static @Nullable String reason(Throwable failure) {
    String reason = null;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NotSslRecordException) {
        return PLAINTEXT;
      }
      if (cause instanceof CertificateExpiredException
          || cause instanceof CertificateNotYetValidException) {
        return EXPIRED;
      }
      if (cause instanceof CertificateException) {
        reason = UNKNOWN_AUTHORITY;
      } else if (cause instanceof SSLException && reason == null) {
        reason = "no TLS connection came about: " + cause.getMessage();
      }
    }
    return reason;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
