package io.github.skywalker.examples.journey;

import io.github.skywalker.api.TlsOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for TLS, which go together. */
final class TlsFlags {

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description =
          "a certificate in PEM: that of a server names skywalker://journey-GROUPS-groups/node/ID")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "its private key: PEM, PKCS #8, not encrypted")
  private @Nullable Path key;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "the authorities that issue the certificates of servers and clients, in PEM")
  private @Nullable Path authority;

  /**
   * The files; null if there is to be no TLS.
   *
   * @throws IllegalArgumentException if only some of them were given
   */
  @Nullable TlsOptions options() {
    if (certificate == null && key == null && authority == null) {
      return null;
    }
    if (certificate == null || key == null || authority == null) {
      throw new IllegalArgumentException("--tls-cert, --tls-key and --tls-ca go together");
    }
    return new TlsOptions(
        certificate.toAbsolutePath(), key.toAbsolutePath(), authority.toAbsolutePath());
  }

  /** The words of the command line that stand for these files. */
  static List<String> words(@Nullable TlsOptions files) {
    return files == null
        ? List.of()
        : List.of(
            "--tls-cert",
            files.certificate().toString(),
            "--tls-key",
            files.key().toString(),
            "--tls-ca",
            files.authority().toString());
  }
}
