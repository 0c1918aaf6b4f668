package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CrashDiskTest {

  private static final Path FILE = Path.of("/a");

  @Test
  void whatWasForcedInASyncedDirectorySurvivesEachCrash() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      CrashDisk disk = new CrashDisk(seed);
      Disk.DiskFile file = disk.open(FILE);
      file.write(bytes("hello"), 0);
      file.force();
      disk.syncDirectory(FILE.getParent());
      disk.crash();
      assertEquals("hello", content(disk, FILE));
    }
  }

  @Test
  void aCrashKeepsSomePiecesOfAWriteAndLosesOthers() throws IOException {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      CrashDisk disk = new CrashDisk(seed);
      Disk.DiskFile file = disk.open(FILE);
      file.write(ByteBuffer.allocate(3 * CrashDisk.PIECE_BYTES), 0);
      file.force();
      disk.syncDirectory(FILE.getParent());
      byte[] ones = new byte[3 * CrashDisk.PIECE_BYTES];
      Arrays.fill(ones, (byte) 1);
      file.write(ByteBuffer.wrap(ones), 0);
      disk.crash();
      String after = content(disk, FILE);
      outcomes.add("" + (int) after.charAt(0) + (int) after.charAt(512) + (int) after.charAt(1024));
    }
    assertEquals(8, outcomes.size());
  }

  @Test
  void aNameThatWasNotSyncedMayBeLost() throws IOException {
    Set<Boolean> outcomes = new HashSet<>();
    for (int seed = 0; seed < 50; seed++) {
      CrashDisk disk = new CrashDisk(seed);
      disk.open(FILE).force();
      disk.crash();
      outcomes.add(disk.exists(FILE));
    }
    assertEquals(Set.of(true, false), outcomes);
  }

  @Test
  void aRenameIsSeenWholeOrNotAtAll() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      CrashDisk disk = new CrashDisk(seed);
      Path aside = Path.of("/aside");
      for (Path path : new Path[] {FILE, aside}) {
        Disk.DiskFile file = disk.open(path);
        file.write(bytes(path.toString()), 0);
        file.force();
      }
      disk.syncDirectory(FILE.getParent());
      disk.rename(aside, FILE);
      disk.crash();
      assertEquals(disk.exists(aside) ? "/a" : "/aside", content(disk, FILE));
    }
  }

  @Test
  void theSameSeedLeavesTheSameBytes() throws IOException {
    byte[][] results = new byte[2][];
    for (int run = 0; run < 2; run++) {
      CrashDisk disk = new CrashDisk(7);
      Disk.DiskFile file = disk.open(FILE);
      disk.syncDirectory(FILE.getParent());
      for (int i = 0; i < 40; i++) {
        file.write(bytes("x".repeat(700)), i * 700L);
      }
      disk.crash();
      results[run] = content(disk, FILE).getBytes(US_ASCII);
    }
    assertArrayEquals(results[0], results[1]);
  }

  @Test
  void aFailedForceLosesPagesAndTheNextOneSucceeds() throws IOException {
    boolean lost = false;
    for (int seed = 0; seed < 20; seed++) {
      CrashDisk disk = new CrashDisk(seed);
      Disk.DiskFile file = disk.open(FILE);
      disk.syncDirectory(FILE.getParent());
      file.write(bytes("hello"), 0);
      disk.setFaults(
          (operation, path) ->
              operation == CrashDisk.Operation.FORCE ? new IOException("broken") : null);
      assertThrows(IOException.class, file::force);
      disk.setFaults((operation, path) -> null);
      file.force();
      assertEquals("hello", content(disk, FILE));
      disk.crash();
      lost |= !content(disk, FILE).equals("hello");
    }
    assertTrue(lost);
  }

  @Test
  void aKilledProcessLosesItsFilesAndLocksAndNoBytes() throws IOException {
    CrashDisk disk = new CrashDisk(1);
    Disk.DiskFile file = disk.open(FILE);
    disk.lock(Path.of("/lock"));
    assertThrows(IOException.class, () -> disk.lock(Path.of("/lock")));
    file.write(bytes("hello"), 0);
    disk.kill();
    assertThrows(IOException.class, file::force);
    assertEquals("hello", content(disk, FILE));
    disk.lock(Path.of("/lock")).close();
    assertTrue(disk.hasUnsyncedWrites());
    assertFalse(disk.durableCopy(2).exists(FILE));
  }

  @Test
  void aFullDiskRefusesToGrowAndStillOverwrites() throws IOException {
    CrashDisk disk = new CrashDisk(1);
    disk.setCapacity(100);
    Disk.DiskFile file = disk.open(FILE);
    file.write(ByteBuffer.allocate(90), 0);
    assertEquals(10, disk.usableBytes(FILE.getParent()));
    assertThrows(IOException.class, () -> file.write(ByteBuffer.allocate(11), 90));
    assertEquals(90, file.size());
    file.write(bytes("hello"), 0);
    assertEquals("hello", content(disk, FILE).substring(0, 5));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }

  private static String content(CrashDisk disk, Path path) throws IOException {
    Disk.DiskFile file = disk.open(path);
    ByteBuffer into = ByteBuffer.allocate((int) file.size());
    file.read(into, 0);
    return new String(into.array(), US_ASCII);
  }
}
