package io.github.skywalker.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a program finds what it needs for TLS: three files in PEM. They may be replaced while the
 * program runs, by any means and in any order: see {@link TlsFiles}.
 *
 * <p>A certificate that a node uses says whose it is: among its subject alternative names is the
 * URI {@code skywalker://CLUSTER/node/ID}, as {@link #nodeUri} writes it. A node talks only with
 * nodes whose certificate names the very id that they claim, in its own cluster; so whoever steals
 * one node's key can pass for that node and for no other. Certificates without such a name are for
 * clients of the program's own. Where a certificate is restricted to extended key usages, that of a
 * node needs both, {@code serverAuth} and {@code clientAuth}.
 *
 * @param certificate a program's own certificate, followed by those of intermediate authorities, if
 *     there are any
 * @param key the private key of the first certificate, in PKCS #8 ({@code BEGIN PRIVATE KEY}) and
 *     not encrypted: RSA, EC or EdDSA. Nobody but the program should be able to read this file.
 * @param authority the certificates of the authorities that are trusted to have issued those of the
 *     others; nothing that the system or the JDK trusts counts beside them
 */
public record TlsOptions(Path certificate, Path key, Path authority) {

  /** Checks that no part is missing. The files are not looked at yet. */
  public TlsOptions {
    Objects.requireNonNull(certificate, "TlsOptions.certificate");
    Objects.requireNonNull(key, "TlsOptions.key");
    Objects.requireNonNull(authority, "TlsOptions.authority");
  }

  /**
   * The name that a node's certificate has to bear.
   *
   * @param clusterName the name of its cluster; what is not a letter, a digit or one of {@code -_.}
   *     is written as URIs write it, a blank as {@code %20}
   * @param nodeId its id
   * @return for example {@code skywalker://orders/node/3}
   */
  public static String nodeUri(String clusterName, int nodeId) {
    String authority =
        URLEncoder.encode(clusterName, StandardCharsets.UTF_8)
            .replace("+", "%20")
            .replace("*", "%2A");
    return "skywalker://" + authority + "/node/" + nodeId;
  }
}
