package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.fusesource.leveldbjni.JniDBFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A machine for which there is no native LevelDB. */
@Timeout(60)
class LevelDbFallbackTest {

  private static final byte[] KEPT = {1, 2, 3};

  @TempDir private Path directory;

  /** The library of 32 bits is looked for, and does not load into a process of 64. */
  @Test
  void whereTheNativeOneDoesNotLoadTheOneInJavaKeepsTheIndexAndEitherReadsTheOthers()
      throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-Dsun.arch.data.model=32",
                "-cp",
                System.getProperty("java.class.path"),
                LevelDbFallbackTest.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    List<String> said =
        new String(process.getInputStream().readAllBytes(), US_ASCII).lines().toList();
    assertEquals(0, process.waitFor(), said::toString);
    assertTrue(said.contains("the native one does not load"), said::toString);
    assertTrue(said.contains("kept"), said::toString);
    for (LevelDb each : LevelDb.values()) {
      try (LevelDbIndex index = LevelDbIndex.open(directory, 0, each.factory)) {
        assertEquals(List.of(7L), index.segments());
        assertArrayEquals(KEPT, index.entry(7, 1));
      }
    }
  }

  public static void main(String[] arguments) throws IOException {
    try {
      System.out.println("the native one loads: " + JniDBFactory.factory);
    } catch (LinkageError expected) {
      System.out.println("the native one does not load");
    }
    try (LevelDbIndex index = LevelDbIndex.open(Path.of(arguments[0]), 0)) {
      index.put(7, List.of(new SegmentIndex.Entry(1, KEPT)), new byte[] {9});
    }
    System.out.println("kept");
  }
}
