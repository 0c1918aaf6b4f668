package io.github.skywalker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates and keys from files, good ones and others. */
class TlsFilesTest {

  @TempDir Path directory;

  private final TestAuthority authority = new TestAuthority("authority");

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "Ed25519"})
  void aCertificateAndItsKeyAreRead(String algorithm) throws IOException {
    Instant now = Instant.now();
    TlsOptions options =
        authority.issue(
            directory, List.of("skywalker://c/node/1"), now, now.plusSeconds(9), algorithm);

    TlsFiles files = TlsFiles.read(options);

    assertEquals(List.of("skywalker://c/node/1"), TlsFiles.uris(files.certificate()));
    SSLEngine server = files.engine(false);
    assertEquals(List.of("TLSv1.3"), List.of(server.getEnabledProtocols()));
    assertTrue(server.getNeedClientAuth());
    assertFalse(server.getUseClientMode());
    assertEquals(List.of("TLSv1.3"), List.of(files.engine(true).getEnabledProtocols()));
  }

  @ParameterizedTest
  @CsvSource({
    "cert.pem,      gone,        There is no file",
    "key.pem,       gone,        There is no file",
    "authority.pem, gone,        There is no file",
    "cert.pem,      empty,       holds no certificate",
    "authority.pem, empty,       holds no certificate",
    "key.pem,       empty,       holds no private key",
    "cert.pem,      garbage,     cannot be read as certificates",
    "cert.pem,      cut,         cannot be read as certificates",
    "key.pem,       cut,         holds no private key",
    "key.pem,       encrypted,   'not encrypted'",
    "key.pem,       wrong bytes, 'none of EC, RSA or EdDSA'",
    "key.pem,       another,     is not the key of the first certificate",
  })
  void aFileThatIsNotWhatItShouldBeIsNamed(String name, String what, String message)
      throws IOException {
    TlsOptions options = authority.issueNode(directory, "c", 1);
    Path file = directory.resolve(name);
    String text = Files.readString(file);
    switch (what) {
      case "gone" -> Files.delete(file);
      case "empty" -> Files.writeString(file, "");
      case "garbage" -> Files.write(file, new byte[] {0x30, 7, 1, 2});
      case "cut" -> Files.writeString(file, text.substring(0, text.length() / 2));
      case "encrypted" -> Files.writeString(file, text.replace("PRIVATE", "ENCRYPTED PRIVATE"));
      case "wrong bytes" ->
          Files.writeString(file, "-----BEGIN PRIVATE KEY-----\nMAMB\n-----END PRIVATE KEY-----");
      default ->
          Files.copy(
              authority.issueNode(directory.resolve("other"), "c", 2).key(),
              file,
              java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    IOException refused = assertThrows(IOException.class, () -> TlsFiles.read(options));

    assertTrue(refused.getMessage().contains(message), refused.getMessage());
    assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
  }

  @Test
  void filesThatChangeAreReadAgainOnceTheyFitTogether() throws IOException {
    TlsOptions options = authority.issueNode(directory, "c", 1);
    TlsFiles files = TlsFiles.read(options);
    SSLContext first = files.context();
    assertFalse(files.refresh());
    assertSame(first, files.context());

    TlsOptions renewed = authority.issueNode(directory.resolve("new"), "c", 1);
    Files.writeString(options.certificate(), Files.readString(renewed.certificate()));
    assertThrows(IOException.class, files::refresh);
    assertSame(first, files.context());

    Files.writeString(options.key(), Files.readString(renewed.key()));
    assertTrue(files.refresh());
    assertNotSame(first, files.context());
    assertFalse(files.refresh());
  }

  @Test
  void theNameOfANodeIsAUriWhateverTheClusterIsCalled() throws IOException {
    assertEquals("skywalker://orders-2.eu/node/3", TlsOptions.nodeUri("orders-2.eu", 3));
    assertEquals("skywalker://a%20%2F%2A%C3%A9/node/1", TlsOptions.nodeUri("a /*é", 1));
    Instant now = Instant.now();
    TlsOptions options =
        authority.issue(
            directory, List.of(TlsOptions.nodeUri("a /*é", 1)), now, now.plus(Duration.ofDays(1)));
    assertEquals(
        List.of(TlsOptions.nodeUri("a /*é", 1)),
        TlsFiles.uris(TlsFiles.read(options).certificate()));
  }

  @Test
  void aCertificateMayHaveNoUri() throws IOException {
    TlsOptions options = authority.issue(directory, List.of());
    assertEquals(List.of(), TlsFiles.uris(TlsFiles.read(options).certificate()));
  }
}
