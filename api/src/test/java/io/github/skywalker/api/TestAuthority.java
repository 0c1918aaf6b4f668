package io.github.skywalker.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * An authority that issues certificates for tests, as files in PEM. It writes the few parts of
 * X.509 that it needs by itself (RFC 5280, 4.1), because the JDK has no public way to make one.
 */
public final class TestAuthority {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private final String name;
  private final KeyPair keys = newKeys("EC");

  public TestAuthority(String name) {
    this.name = "CN=" + name;
  }

  /** Issues the certificate of a node, valid for a day. */
  public TlsOptions issueNode(Path directory, String cluster, int node) {
    return issue(directory, List.of(TlsOptions.nodeUri(cluster, node)));
  }

  /** Issues a certificate with these URIs among its names, valid for a day. */
  public TlsOptions issue(Path directory, List<String> uris) {
    Instant now = Instant.now();
    return issue(directory, uris, now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(1)));
  }

  /** Issues a certificate, and writes three files into a directory, which need not be there. */
  public TlsOptions issue(Path directory, List<String> uris, Instant from, Instant until) {
    return issue(directory, uris, from, until, "EC");
  }

  /** Likewise, for a key of another algorithm than EC. */
  public TlsOptions issue(
      Path directory, List<String> uris, Instant from, Instant until, String algorithm) {
    TlsOptions files =
        new TlsOptions(
            directory.resolve("cert.pem"),
            directory.resolve("key.pem"),
            directory.resolve("authority.pem"));
    KeyPair theirs = newKeys(algorithm);
    byte[] names = alternativeNames(uris);
    byte[] issued = certificate("CN=somebody", theirs, from, until, names);
    byte[] own =
        certificate(
            name, keys, from.minus(Duration.ofDays(9)), until.plus(Duration.ofDays(9)), IS_CA);
    try {
      Files.createDirectories(directory);
      Files.writeString(files.certificate(), pem("CERTIFICATE", issued));
      Files.writeString(files.key(), pem("PRIVATE KEY", theirs.getPrivate().getEncoded()));
      Files.writeString(files.authority(), pem("CERTIFICATE", own));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
    return files;
  }

  private static KeyPair newKeys(String algorithm) {
    try {
      return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static String pem(String what, byte[] bytes) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }

  private byte[] certificate(
      String subject, KeyPair theirs, Instant from, Instant until, byte[] extension) {
    byte[] signed =
        sequence(
            tagged(0xA0, integer(BigInteger.TWO)),
            integer(new BigInteger(63, new SecureRandom())),
            sequence(ECDSA_WITH_SHA256),
            new X500Principal(name).getEncoded(),
            sequence(time(from), time(until)),
            new X500Principal(subject).getEncoded(),
            theirs.getPublic().getEncoded(),
            tagged(0xA3, sequence(extension)));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate());
      signature.update(signed);
      byte[] bits = join(new byte[] {0}, signature.sign());
      return sequence(signed, sequence(ECDSA_WITH_SHA256), tagged(0x03, bits));
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /* DER. */

  /** 1.2.840.10045.4.3.2. */
  private static final byte[] ECDSA_WITH_SHA256 = {
    0x06, 0x08, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x04, 0x03, 0x02
  };

  /** The basic constraint (2.5.29.19), critical: this is an authority. */
  private static final byte[] IS_CA =
      sequence(
          new byte[] {0x06, 0x03, 0x55, 0x1D, 0x13},
          new byte[] {0x01, 0x01, (byte) 0xFF},
          tagged(0x04, sequence(new byte[] {0x01, 0x01, (byte) 0xFF})));

  /** 2.5.29.17. */
  private static byte[] alternativeNames(List<String> uris) {
    byte[] names = {};
    for (String uri : uris) {
      names = join(names, tagged(0x86, uri.getBytes(StandardCharsets.US_ASCII)));
    }
    // Whoever has no URI has another name: an extension without any is not allowed.
    byte[] other = tagged(0x82, "localhost".getBytes(StandardCharsets.US_ASCII));
    return sequence(
        new byte[] {0x06, 0x03, 0x55, 0x1D, 0x11}, tagged(0x04, sequence(join(names, other))));
  }

  private static byte[] integer(BigInteger number) {
    return tagged(0x02, number.toByteArray());
  }

  private static byte[] time(Instant moment) {
    return tagged(0x18, TIME.format(moment).getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] sequence(byte[]... parts) {
    return tagged(0x30, join(parts));
  }

  private static byte[] tagged(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      if (content.length < 0x100) {
        out.write(0x81);
      } else {
        out.write(0x82);
        out.write(content.length >> 8);
      }
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
