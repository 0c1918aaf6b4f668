package io.github.skywalker.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;

/**
 * What stands in the files of {@link TlsOptions}, as it was when they were last read in good order.
 *
 * <p>A node looks at its files every few seconds, and uses what is new for the connections that
 * begin from then on; those that there are stay as they are until they end. A program that has a
 * port of its own beside its node can do the same for that one with this class. May be used by
 * several threads.
 */
public final class TlsFiles {

  /** The one version of the protocol that is spoken. */
  public static final String PROTOCOL = "TLSv1.3";

  /** So large a file holds thousands of certificates. */
  private static final long MAX_FILE_BYTES = 16 << 20;

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /** For a key store that never leaves the memory. */
  private static final char[] NO_PASSWORD = {};

  private final TlsOptions options;
  private volatile Material material;

  /**
   * What was read.
   *
   * @param bytes of the three files, to see whether they have changed
   */
  private record Material(List<byte[]> bytes, X509Certificate own, SSLContext context) {}

  private TlsFiles(TlsOptions options) throws IOException {
    this.options = options;
    this.material = material(bytes());
  }

  /**
   * Reads the files.
   *
   * @throws IOException if a file is missing or not what it should be, or the key is not that of
   *     the certificate; the message names the file
   */
  public static TlsFiles read(TlsOptions options) throws IOException {
    return new TlsFiles(options);
  }

  /**
   * Reads the files again, if they have changed. Blocks as long as that takes.
   *
   * @return whether they had
   * @throws IOException as {@link #read}; then what was read before stays in use, and the next call
   *     tries again, so that it does no harm to replace one file after the other
   */
  public synchronized boolean refresh() throws IOException {
    List<byte[]> now = bytes();
    List<byte[]> before = material.bytes;
    for (int i = 0; i < now.size(); i++) {
      if (!Arrays.equals(now.get(i), before.get(i))) {
        material = material(now);
        return true;
      }
    }
    return false;
  }

  /** The program's own certificate. */
  public X509Certificate certificate() {
    return material.own;
  }

  /** What the JDK's sockets are made from. They speak older protocols too, unless they are told. */
  public SSLContext context() {
    return material.context;
  }

  /** One end of a new connection: it shows its certificate, and wants to see the other's. */
  public SSLEngine engine(boolean client) {
    SSLEngine engine = material.context.createSSLEngine();
    engine.setUseClientMode(client);
    engine.setNeedClientAuth(!client);
    engine.setEnabledProtocols(new String[] {PROTOCOL});
    return engine;
  }

  /** The names of the form URI that a certificate bears; empty if it has none. */
  public static List<String> uris(X509Certificate certificate) {
    List<String> uris = new ArrayList<>();
    try {
      var names = certificate.getSubjectAlternativeNames();
      if (names != null) {
        for (List<?> name : names) {
          if (name.get(0).equals(URI_NAME)) {
            uris.add(String.valueOf(name.get(1)));
          }
        }
      }
    } catch (GeneralSecurityException unreadable) {
      return List.of();
    }
    return uris;
  }

  /** By RFC 5280, 4.2.1.6. */
  private static final Integer URI_NAME = 6;

  private List<byte[]> bytes() throws IOException {
    return List.of(bytes(options.certificate()), bytes(options.key()), bytes(options.authority()));
  }

  private static byte[] bytes(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("There is no file " + file);
    }
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new IOException(file + " is far too large for a file of certificates or a key");
    }
    return Files.readAllBytes(file);
  }

  private Material material(List<byte[]> bytes) throws IOException {
    List<X509Certificate> chain = certificates(options.certificate(), bytes.get(0));
    PrivateKey key = key(options.key(), bytes.get(1));
    List<X509Certificate> authorities = certificates(options.authority(), bytes.get(2));
    X509Certificate own = chain.get(0);
    checkPair(own, key);
    try {
      KeyStore mine = emptyStore();
      mine.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(new X509Certificate[0]));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(mine, NO_PASSWORD);
      KeyStore trusted = emptyStore();
      for (int i = 0; i < authorities.size(); i++) {
        trusted.setCertificateEntry("authority-" + i, authorities.get(i));
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance(PROTOCOL);
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return new Material(bytes, own, context);
    } catch (GeneralSecurityException failure) {
      throw new IOException(
          "The files " + options + " cannot be used for TLS: " + failure.getMessage(), failure);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static List<X509Certificate> certificates(Path file, byte[] bytes) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    try {
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(bytes))
          .forEach(each -> found.add((X509Certificate) each));
    } catch (GeneralSecurityException notOne) {
      throw new IOException(
          file + " cannot be read as certificates in PEM: " + notOne.getMessage(), notOne);
    }
    if (found.isEmpty()) {
      throw new IOException(file + " holds no certificate in PEM");
    }
    return found;
  }

  private static PrivateKey key(Path file, byte[] bytes) throws IOException {
    Matcher pem = PRIVATE_KEY.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!pem.find()) {
      throw new IOException(
          file
              + " holds no private key in PEM and PKCS #8, not encrypted (BEGIN PRIVATE KEY);"
              + " \"openssl pkcs8 -topk8 -nocrypt\" makes one of other forms");
    }
    PKCS8EncodedKeySpec spec;
    try {
      spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
    } catch (IllegalArgumentException notBase64) {
      throw new IOException(file + " holds a private key that is not in base 64", notBase64);
    }
    for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException anotherOne) {
        // The bytes say only to those who know the algorithm of which one they are.
      } catch (GeneralSecurityException notThere) {
        throw new IOException("This JDK knows no keys of " + algorithm, notThere);
      }
    }
    throw new IOException(file + " holds a private key that is none of EC, RSA or EdDSA");
  }

  /**
   * Found out here, or else with the first connection, and then with a message that says little.
   */
  private void checkPair(X509Certificate own, PrivateKey key) throws IOException {
    boolean pair;
    try {
      byte[] probe = {1, 2, 3};
      Signature signature = Signature.getInstance(signatureOf(key.getAlgorithm()));
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(own.getPublicKey());
      signature.update(probe);
      pair = signature.verify(signed);
    } catch (GeneralSecurityException ofAnotherKind) {
      pair = false;
    }
    if (!pair) {
      throw new IOException(
          options.key() + " is not the key of the first certificate in " + options.certificate());
    }
  }

  private static String signatureOf(String algorithm) {
    return switch (algorithm) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      default -> "EdDSA";
    };
  }
}
