package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.clean;
import static io.github.skywalker.storage.JournalBench.drop;
import static io.github.skywalker.storage.JournalBench.state;
import static io.github.skywalker.storage.JournalBench.value;
import static io.github.skywalker.storage.JournalBench.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogToolTest {

  @TempDir private Path data;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void write120Instances() throws IOException {
    try (RealNode node = RealNode.open(data)) {
      node.directory.admitPeer(2, new byte[] {(byte) 0xAB});
      write(node.journal, state(1, "promise"), state(2, "promise"));
      for (int i = 1; i <= 60; i++) {
        write(node.journal, value(1, i, "v".repeat(100)), value(2, i, "w" + i));
      }
      write(node.journal, clean(1, 5), drop(3));
    }
  }

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return LogTool.run(
        new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), arguments);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }

  private void assertOut(String part) {
    assertTrue(out().contains(part), out());
  }

  @Test
  void itSaysThatAWholeLogIsWholeAndWhatItHoldsAndChangesNothing() throws IOException {
    Map<String, byte[]> before = RealNode.contents(data);
    assertEquals(LogTool.WHOLE, run("verify", data.toString()), this::out);
    assertOut("node 1 of cluster cluster");
    assertOut("00000001.segment, 4096 bytes: batches");
    assertOut("group 1: state, last instance 60, cleaned up to 5");
    assertOut("The log is whole, up to batch");
    assertEquals(LogTool.WHOLE, run("meta", data.toString()), this::out);
    assertEquals(LogTool.WHOLE, run("dump", data.toString()), this::out);
    Map<String, byte[]> after = RealNode.contents(data);
    assertEquals(before.keySet(), after.keySet());
    before.forEach((name, bytes) -> assertArrayEquals(bytes, after.get(name), name));
  }

  @Test
  void itSaysWhoseDirectoryItIs() {
    assertEquals(LogTool.WHOLE, run("meta", data.toString()));
    assertOut("cluster        cluster\nnode           1\n");
    assertOut("starts         1\nlog            made\n");
    assertOut("peer 2, data id ab\n");
  }

  @Test
  void itListsRecordsOfAllGroupsOrOfOne() {
    run("dump", data.toString());
    assertOut("offset 0: batch 1, segment 1, oldest needed 1");
    assertOut("group 1, state, head of 7 bytes 70726f6d697365");
    assertOut("group 1, value of instance 60, head of 1 bytes 07, body of 100 bytes 767676");
    assertOut("group 1, clean up to 5");
    assertOut("group 3, drop");
    run("dump", "--group=2", "--bytes=2", data.toString());
    assertFalse(out().contains("group 1"), out());
    assertOut("group 2, state, head of 7 bytes 7072…");
    assertOut("group 2, value of instance 60");
  }

  @Test
  void itNamesTheDamageItsFileAndTheGroupsThatItConcerns() throws IOException {
    Path file = RealNode.segments(data).get(1);
    BatchFormat.Header batch = RealNode.batches(file).get(2);
    RealNode.flip(file, batch.recordsEnd() - 2);
    assertEquals(LogTool.DAMAGED, run("verify", data.toString()), this::out);
    assertOut("DAMAGED, group 1: Batch " + batch.number());
    assertOut("DAMAGED, group 2: ");
    assertOut("offset " + batch.offset() + " of " + file);
    assertOut("A vote of these groups may be lost, and of the others none.");
    assertFalse(out().contains("The log is whole"), out());
    run("dump", data.toString());
    assertOut("batch " + batch.number());
    assertOut("ITS RECORDS CANNOT BE READ");
  }

  @Test
  void aLostSegmentIsDamage() throws IOException {
    Files.delete(RealNode.segments(data).get(1));
    assertEquals(LogTool.DAMAGED, run("verify", data.toString()), this::out);
    assertOut("no file in " + data.resolve("log") + " holds them");
    for (Path file : RealNode.segments(data)) {
      Files.delete(file);
    }
    assertEquals(LogTool.DAMAGED, run("verify", data.toString()), this::out);
    assertOut("its segment files are gone");
  }

  @Test
  void aTornTailIsNoDamage() throws IOException {
    RealNode node = RealNode.open(data);
    write(node.journal, value(2, 61, "last"));
    node.kill();
    Path torn = null;
    long newest = 0;
    for (Path file : RealNode.segments(data)) {
      for (BatchFormat.Header batch : RealNode.batches(file)) {
        if (batch.number() > newest) {
          newest = batch.number();
          torn = file;
        }
      }
    }
    List<BatchFormat.Header> batches = RealNode.batches(torn);
    RealNode.flip(torn, batches.get(batches.size() - 1).recordsEnd() - 1);
    assertEquals(LogTool.WHOLE, run("verify", data.toString()), this::out);
    assertOut("The last write, batch " + newest);
    assertOut("It was not acknowledged");
    assertOut("The log is whole, up to batch " + (newest - 1));
  }

  @Test
  void aDirectoryThatANodeUsesIsRefused() throws IOException {
    try (RealNode node = RealNode.open(data)) {
      assertEquals(2, node.directory.bootCount());
      assertEquals(LogTool.FAILED, run("verify", data.toString()));
      assertTrue(err().contains("lock"), err());
      assertEquals(0, out().length());
    }
    assertEquals(LogTool.WHOLE, run("verify", data.toString()), this::out);
  }

  @Test
  void damagedOrMissingMetaIsNamed() throws IOException {
    Path meta = data.resolve(NodeDirectory.META);
    RealNode.flip(meta, 20);
    assertEquals(LogTool.DAMAGED, run("meta", data.toString()));
    assertOut(meta + " is damaged");
    Files.delete(meta);
    assertEquals(LogTool.DAMAGED, run("verify", data.toString()));
    assertOut("holds no node.meta");
  }

  @Test
  void wrongArgumentsAreExplained() {
    assertEquals(LogTool.WHOLE, run("--help"));
    assertOut("log-tool verify DIRECTORY");
    for (String[] wrong :
        new String[][] {
          {},
          {"mend", data.toString()},
          {"verify"},
          {"verify", "--group=1", data.toString()},
          {"dump", "--group=x", data.toString()},
          {"verify", data.toString(), "another"},
          {"verify", data.resolve("nowhere").toString()},
        }) {
      assertEquals(LogTool.FAILED, run(wrong), List.of(wrong).toString());
      assertTrue(err().startsWith("log-tool: "), err());
      assertEquals(0, out().length());
    }
  }
}
