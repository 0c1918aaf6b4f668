package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.storage.CheckpointManifest.Item;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a receiver takes from a peer, and what it does not. */
final class StagedCheckpointTest {

  private static final int GROUP = 7;
  private static final long INSTANCE = 90;

  @TempDir Path data;
  private GroupCheckpoints checkpoints;

  @BeforeEach
  void open() throws IOException {
    checkpoints = GroupCheckpoints.open(new FileDisk(), data, GROUP);
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return (int) crc.getValue();
  }

  private static Item item(String name, String content) {
    byte[] bytes = content.getBytes(UTF_8);
    return new Item(name, bytes.length, crc(bytes));
  }

  private static CheckpointManifest manifest(Item... items) {
    return new CheckpointManifest(GROUP, INSTANCE, new byte[] {1, 2, 3}, List.of(items));
  }

  private StagedCheckpoint staged(byte[] manifest) throws IOException {
    return StagedCheckpoint.open(checkpoints, INSTANCE, crc(manifest), manifest.length);
  }

  private StagedCheckpoint withManifest(CheckpointManifest manifest) throws IOException {
    byte[] bytes = manifest.encode();
    StagedCheckpoint staged = staged(bytes);
    assertTrue(staged.write(0, 0, bytes));
    return staged;
  }

  private static final CheckpointManifest TWO =
      manifest(item("machine-1001/a", "alpha"), item("machine-1001/sub/b", "beta"));

  @Test
  void aCheckpointComesPieceByPieceAndIsOneWhenItIsSealed() throws IOException {
    StagedCheckpoint staged = withManifest(TWO);
    assertTrue(staged.write(1, 0, "al".getBytes(UTF_8)));
    assertTrue(staged.write(1, 2, "pha".getBytes(UTF_8)));
    assertTrue(staged.write(2, 0, "beta".getBytes(UTF_8)));
    assertTrue(staged.isComplete());
    assertTrue(staged.seal());
    assertEquals(List.of(INSTANCE), checkpoints.instances());
    assertEquals(TWO.files(), checkpoints.manifest(INSTANCE).files());
    checkpoints.verify(checkpoints.manifest(INSTANCE));
    GroupCheckpoints again = GroupCheckpoints.open(new FileDisk(), data, GROUP);
    assertEquals(List.of(INSTANCE), again.instances());
  }

  @Test
  void aTransferGoesOnWhereItWasBrokenOff() throws IOException {
    long more = StagedCheckpoint.BYTES_BETWEEN_SYNCS + 1000;
    byte[] large = new byte[(int) more + 5000];
    Arrays.fill(large, (byte) 'x');
    CheckpointManifest manifest =
        manifest(
            item("machine-1001/a", "alpha"), new Item("machine-1001/l", large.length, crc(large)));
    StagedCheckpoint staged = withManifest(manifest);
    assertTrue(staged.write(1, 0, "alpha".getBytes(UTF_8)));
    int piece = 1 << 20;
    for (int at = 0; at < more; at += piece) {
      staged.write(2, at, Arrays.copyOfRange(large, at, (int) Math.min(more, at + piece)));
    }
    staged.close();
    StagedCheckpoint again = staged(manifest.encode());
    assertEquals(2, again.file());
    assertEquals(StagedCheckpoint.BYTES_BETWEEN_SYNCS, again.offset());
    assertTrue(
        again.write(
            2, again.offset(), Arrays.copyOfRange(large, (int) again.offset(), large.length)));
    assertTrue(again.seal());
  }

  @Test
  void anEmptyFileThatACrashTookAwayIsNotWaitedFor() throws IOException {
    CheckpointManifest manifest =
        manifest(item("machine-1001/a", "alpha"), item("machine-1001/nothing", ""));
    StagedCheckpoint staged = withManifest(manifest);
    assertTrue(staged.write(1, 0, "alpha".getBytes(UTF_8)));
    staged.close();
    try (var received = Files.walk(checkpoints.directory())) {
      Files.delete(received.filter(path -> path.endsWith("nothing")).findFirst().orElseThrow());
    }
    StagedCheckpoint again = staged(manifest.encode());
    assertTrue(again.isComplete(), () -> "wanted is file " + again.file());
    assertTrue(again.seal());
  }

  @Test
  void anotherTransferInTheMiddleBeginsAnewAndLeavesNothingOfTheFirst() throws IOException {
    StagedCheckpoint first = withManifest(TWO);
    first.write(1, 0, "alpha".getBytes(UTF_8));
    first.close();
    CheckpointManifest other = manifest(item("machine-1001/c", "gamma"));
    StagedCheckpoint second = withManifest(other);
    assertEquals(1, second.file());
    assertEquals(0, second.offset());
    second.write(1, 0, "gamma".getBytes(UTF_8));
    assertTrue(second.seal());
    try (var left = Files.list(checkpoints.directory())) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void piecesWithHolesOverlapsOrOfAnotherFileAreNotLookedAt() throws IOException {
    StagedCheckpoint staged = withManifest(TWO);
    assertTrue(staged.write(1, 0, "alp".getBytes(UTF_8)));
    assertFalse(staged.write(1, 4, "a".getBytes(UTF_8)));
    assertFalse(staged.write(1, 2, "pha".getBytes(UTF_8)));
    assertFalse(staged.write(2, 0, "beta".getBytes(UTF_8)));
    assertFalse(staged.write(0, 0, "beta".getBytes(UTF_8)));
    assertFalse(staged.write(3, 0, "beta".getBytes(UTF_8)));
    assertFalse(staged.write(-1, 0, "beta".getBytes(UTF_8)));
    assertFalse(staged.write(1, 3, new byte[0]));
    assertFalse(staged.isComplete());
    assertTrue(staged.write(1, 3, "ha".getBytes(UTF_8)));
    assertFalse(staged.isComplete());
  }

  @Test
  void aFileThatGrowsBeyondItsSizeIsRefused() throws IOException {
    StagedCheckpoint staged = withManifest(TWO);
    assertThrows(DamagedException.class, () -> staged.write(1, 0, "alphabet".getBytes(UTF_8)));
  }

  @Test
  void anEndBeforeAllDataIsNoCheckpoint() throws IOException {
    StagedCheckpoint staged = withManifest(TWO);
    staged.write(1, 0, "alpha".getBytes(UTF_8));
    staged.close();
    assertFalse(staged.seal());
    assertEquals(List.of(), checkpoints.instances());
  }

  @Test
  void aFileWithAWrongChecksumIsWantedAgainAndRefusedTheSecondTime() throws IOException {
    StagedCheckpoint staged = withManifest(TWO);
    staged.write(1, 0, "wrong".getBytes(UTF_8));
    staged.write(2, 0, "beta".getBytes(UTF_8));
    assertFalse(staged.seal());
    assertEquals(1, staged.file());
    assertEquals(0, staged.offset());
    staged.write(1, 0, "wrong".getBytes(UTF_8));
    staged.write(2, 0, "beta".getBytes(UTF_8));
    assertThrows(DamagedException.class, staged::seal);
    staged.discard();
    assertEquals(List.of(), checkpoints.instances());
  }

  @Test
  void nothingIsWrittenThroughALinkThatWasPlanted() throws IOException {
    Path outside = Files.createDirectory(data.resolve("outside"));
    Path target = Files.writeString(outside.resolve("a"), "untouched");
    for (boolean directory : new boolean[] {true, false}) {
      StagedCheckpoint staged = withManifest(TWO);
      Path below;
      try (var found = Files.list(checkpoints.directory())) {
        below = found.findFirst().orElseThrow().resolve("machine-1001");
      }
      if (directory) {
        Files.createSymbolicLink(below, outside);
      } else {
        Files.createDirectory(below);
        Files.createSymbolicLink(below.resolve("a"), target);
      }
      assertThrows(DamagedException.class, () -> staged.write(1, 0, "alpha".getBytes(UTF_8)));
      staged.discard();
    }
    assertEquals("untouched", Files.readString(target));
  }

  @Test
  void whatNobodyAnnouncedIsNotSealed() throws IOException {
    StagedCheckpoint staged = withManifest(TWO);
    staged.write(1, 0, "alpha".getBytes(UTF_8));
    staged.write(2, 0, "beta".getBytes(UTF_8));
    Path below;
    try (var found = Files.list(checkpoints.directory())) {
      below = found.findFirst().orElseThrow().resolve("machine-1001");
    }
    Files.writeString(below.resolve("planted"), "more");
    assertThrows(DamagedException.class, staged::seal);
  }

  @Test
  void aManifestThatIsNotTheOneOfferedIsRefused() throws IOException {
    byte[] bytes = TWO.encode();
    StagedCheckpoint staged = staged(bytes);
    byte[] other = bytes.clone();
    other[20] ^= 1;
    assertThrows(DamagedException.class, () -> staged.write(0, 0, other));
    assertThrows(
        DamagedException.class,
        () -> StagedCheckpoint.open(checkpoints, INSTANCE, 1, Integer.MAX_VALUE));
    assertThrows(DamagedException.class, () -> StagedCheckpoint.open(checkpoints, INSTANCE, 1, 0));
    assertThrows(DamagedException.class, () -> StagedCheckpoint.open(checkpoints, -1, 1, 100));
  }

  @Test
  void aManifestOfAnotherGroupOrInstanceIsRefused() throws IOException {
    byte[] other = new CheckpointManifest(8, INSTANCE, new byte[0], List.of()).encode();
    assertThrows(DamagedException.class, () -> staged(other).write(0, 0, other));
    byte[] later = new CheckpointManifest(GROUP, 91, new byte[0], List.of()).encode();
    assertThrows(DamagedException.class, () -> staged(later).write(0, 0, later));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "a/../../x",
        "/etc/x",
        "..\\x",
        "",
        ".",
        "a/",
        "a//b",
        "a\0b",
        "a/./b",
        "C:x",
        "LONG",
        "DEEP"
      })
  void aNameThatCouldLeaveTheDirectoryIsRefused(String given) throws IOException {
    String name =
        given.equals("LONG")
            ? "x".repeat(300)
            : given.equals("DEEP") ? "x/".repeat(40) + "x" : given;
    assertThrows(IllegalArgumentException.class, () -> new Item(name, 1, 1));
    byte[] bytes = forged(List.of(name), 1, 1);
    assertThrows(DamagedException.class, () -> staged(bytes).write(0, 0, bytes));
  }

  /** Half a character has no bytes in any locale, as most characters have none in some. */
  @Test
  void aNameThatNoFileCanHaveHereIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Item("a/\ud800", 1, 1));
  }

  @Test
  void aManifestOfAMillionFilesOrOneThatLiesAboutItsCountIsRefused() throws IOException {
    List<String> names = new ArrayList<>();
    for (int i = 0; i <= CheckpointManifest.MAX_FILES; i++) {
      names.add("f" + i);
    }
    byte[] many = forged(names, names.size(), 0);
    assertThrows(DamagedException.class, () -> staged(many).write(0, 0, many));
    byte[] lying = forged(List.of("a"), 1_000_000, 0);
    assertThrows(DamagedException.class, () -> staged(lying).write(0, 0, lying));
    byte[] cut = forged(List.of("a"), 2, 0);
    assertThrows(DamagedException.class, () -> staged(cut).write(0, 0, cut));
  }

  @Test
  void filesThatCannotStandBesideEachOtherAreRefused() throws IOException {
    byte[] twice = forged(List.of("a", "a"), 2, 0);
    assertThrows(DamagedException.class, () -> staged(twice).write(0, 0, twice));
    byte[] within = forged(List.of("a/b", "a"), 2, 0);
    assertThrows(DamagedException.class, () -> staged(within).write(0, 0, within));
    byte[] manifest = forged(List.of("manifest"), 1, 0);
    assertThrows(DamagedException.class, () -> staged(manifest).write(0, 0, manifest));
  }

  @Test
  void sizesThatLieAreRefused() throws IOException {
    byte[] negative = forged(List.of("a"), 1, -5);
    assertThrows(DamagedException.class, () -> staged(negative).write(0, 0, negative));
    byte[] beyond = forged(List.of("a", "b"), 2, Long.MAX_VALUE);
    assertThrows(DamagedException.class, () -> staged(beyond).write(0, 0, beyond));
  }

  /** A manifest as a hostile peer would write it, with a right checksum. */
  private static byte[] forged(List<String> names, int count, long size) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    byte[] head = manifest().encode();
    out.write(head, 0, Long.BYTES);
    out.writeInt(GROUP);
    out.writeLong(INSTANCE);
    out.writeInt(0);
    out.writeInt(count);
    for (String name : names) {
      byte[] utf = name.getBytes(UTF_8);
      out.writeShort(utf.length);
      out.write(utf);
      out.writeLong(size);
      out.writeInt(0);
    }
    out.writeInt(crc(bytes.toByteArray()));
    return bytes.toByteArray();
  }
}
