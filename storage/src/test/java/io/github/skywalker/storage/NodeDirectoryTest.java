package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NodeDirectoryTest {

  private static final Path DIRECTORY = Path.of("/data/node-1");
  private static final Path META = DIRECTORY.resolve(NodeDirectory.META);
  private static final byte[] FRESH = "fresh".getBytes(US_ASCII);

  private final CrashDisk disk = new CrashDisk(1);

  @Test
  void eachBootIsCountedAndOnDiskWhenTheDirectoryIsOpen() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      CrashDisk each = new CrashDisk(seed);
      for (int boot = 1; boot <= 5; boot++) {
        NodeDirectory opened = NodeDirectory.open(each, DIRECTORY, "c", 1, FRESH);
        assertEquals(boot, opened.bootCount());
        assertArrayEquals(FRESH, opened.dataId());
        if (seed % 2 == 0) {
          each.kill();
        }
        each.crash();
      }
    }
  }

  @Test
  void aCrashAtAnyStepOfOpeningLeavesADirectoryThatOpens() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      CrashDisk each = new CrashDisk(seed);
      int[] left = {seed % 20};
      long boots = 0;
      for (int attempt = 0; attempt < 4; attempt++) {
        each.setFaults((operation, file) -> left[0]-- <= 0 ? new IOException("cut") : null);
        try {
          boots = NodeDirectory.open(each, DIRECTORY, "c", 1, FRESH).bootCount();
        } catch (IOException e) {
          assertEquals("cut", e.getMessage());
        }
        each.crash();
        left[0] = (seed + attempt * 7) % 20;
      }
      each.setFaults((operation, file) -> null);
      assertTrue(open(each).bootCount() > boots);
    }
  }

  @Test
  void theDataIdIsMadeOnce() throws IOException {
    open(disk).close();
    NodeDirectory again = NodeDirectory.open(disk, DIRECTORY, "c", 1, "other".getBytes(US_ASCII));
    assertArrayEquals(FRESH, again.dataId());
  }

  @Test
  void aSecondProcessIsKeptOut() throws IOException {
    NodeDirectory first = open(disk);
    IOException e = assertThrows(IOException.class, () -> open(disk));
    assertTrue(e.getMessage().contains("lock"), e.getMessage());
    first.close();
    assertEquals(2, open(disk).bootCount());
  }

  @Test
  void aRefusedDirectoryIsNotLocked() throws IOException {
    open(disk).close();
    assertThrows(DamagedException.class, () -> NodeDirectory.open(disk, DIRECTORY, "c", 2, FRESH));
    assertEquals(2, open(disk).bootCount());
  }

  @Test
  void theDirectoryOfAnotherNodeOrClusterIsRefused() throws IOException {
    open(disk).close();
    DamagedException node =
        assertThrows(
            DamagedException.class, () -> NodeDirectory.open(disk, DIRECTORY, "c", 2, FRESH));
    assertTrue(node.getMessage().contains("belongs to node 1, not to node 2"), node.getMessage());
    assertTrue(node.getMessage().contains(META.toString()), node.getMessage());
    DamagedException cluster =
        assertThrows(
            DamagedException.class, () -> NodeDirectory.open(disk, DIRECTORY, "d", 1, FRESH));
    assertTrue(cluster.getMessage().contains("cluster \"c\", not to \"d\""), cluster.getMessage());
  }

  @Test
  void aFlippedBitAnywhereInTheFileIsRefused() throws IOException {
    NodeDirectory opened = open(disk);
    assertTrue(opened.admitPeer(2, new byte[] {1, 2}));
    opened.close();
    int size = read(META).length;
    for (int at = 0; at < size; at++) {
      flip(at);
      DamagedException e = assertThrows(DamagedException.class, () -> open(disk));
      assertTrue(e.getMessage().contains(META + " is damaged"), e.getMessage());
      flip(at);
    }
    assertEquals(2, open(disk).bootCount());
  }

  @Test
  void aCutFileIsRefused() throws IOException {
    open(disk).close();
    byte[] whole = read(META);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(whole, length);
      disk.damage(META, bytes -> cut);
      assertThrows(DamagedException.class, () -> open(disk));
    }
  }

  @Test
  void aLogWithoutTheFileIsRefused() throws IOException {
    open(disk).close();
    disk.createDirectories(DIRECTORY.resolve(NodeDirectory.LOG));
    disk.lose(META);
    DamagedException e = assertThrows(DamagedException.class, () -> open(disk));
    assertTrue(e.getMessage().contains("holds log, but no node.meta"), e.getMessage());
    assertFalse(disk.exists(META));
  }

  @Test
  void thatThereWasALogIsRemembered() throws IOException {
    NodeDirectory opened = open(disk);
    assertFalse(opened.hasLog());
    opened.noteLog();
    disk.crash();
    assertTrue(open(disk).hasLog());
  }

  @Test
  void aPeerIsKnownByItsDataIdForEver() throws IOException {
    NodeDirectory opened = open(disk);
    assertTrue(opened.admitPeer(2, new byte[] {1}));
    assertTrue(opened.admitPeer(2, new byte[] {1}));
    assertFalse(opened.admitPeer(2, new byte[] {2}));
    assertTrue(opened.admitPeer(3, new byte[] {2}));
    assertFalse(opened.admitPeer(4, new byte[0]));
    assertFalse(opened.admitPeer(4, new byte[65]));
    disk.crash();
    opened = open(disk);
    assertFalse(opened.admitPeer(2, new byte[] {2}));
    assertTrue(opened.admitPeer(2, new byte[] {1}));
  }

  @Test
  void aPeerIsNotAdmittedIfItCannotBeRemembered() throws IOException {
    NodeDirectory opened = open(disk);
    disk.setFaults(
        (operation, file) ->
            operation == CrashDisk.Operation.FORCE ? new IOException("broken") : null);
    assertThrows(IOException.class, () -> opened.admitPeer(2, new byte[] {1}));
    disk.setFaults((operation, file) -> null);
    assertTrue(opened.admitPeer(2, new byte[] {9}));
  }

  @Test
  void theLongestLeaseIsTheOneNotedBeforeTheStart() throws IOException {
    NodeDirectory opened = open(disk);
    assertEquals(0, opened.longestLeaseNanos());
    opened.noteLease(5_000);
    assertEquals(0, opened.longestLeaseNanos());
    disk.crash();
    opened = open(disk);
    assertEquals(5_000, opened.longestLeaseNanos());
    opened.noteLease(1_000);
    disk.crash();
    assertEquals(1_000, open(disk).longestLeaseNanos());
  }

  private static NodeDirectory open(CrashDisk disk) throws IOException {
    return NodeDirectory.open(disk, DIRECTORY, "c", 1, FRESH);
  }

  private byte[] read(Path file) throws IOException {
    return DurableFiles.read(disk, file);
  }

  private void flip(int at) throws IOException {
    disk.damage(
        META,
        bytes -> {
          bytes[at] ^= 1;
          return bytes;
        });
  }
}
