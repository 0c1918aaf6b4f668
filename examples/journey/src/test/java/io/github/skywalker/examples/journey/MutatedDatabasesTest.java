package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.util.Mutator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.WriteBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a database or a copy of one holds is taken for what was written, or refused. */
class MutatedDatabasesTest {

  private static final long WINDOW = 1000;

  @TempDir Path directory;

  @Test
  void theCopyOfADatabaseIsReadOrRefused() throws Exception {
    new Mutator(3, dump(), dump(new Dump.Pair(new byte[] {1, 2}, new byte[300])), dump(many()))
        .check(IOException.class, input -> assertArrayEquals(input, dump(read(input))));
  }

  /** As a mutation of few bytes seldom is: nearly as long as the longest that Java has. */
  @Test
  void aLengthInTheCopyOfADatabaseTakesNoMemory() {
    for (int length : new int[] {Integer.MAX_VALUE - 8, Integer.MAX_VALUE, -2, 3}) {
      byte[] key = {0, 0, 0, 1, 0, 0, 0, 2, 'k', 'v'};
      byte[] value = key.clone();
      ByteBuffer.wrap(key).putInt(0, length);
      ByteBuffer.wrap(value).putInt(4, length);
      assertThrows(IOException.class, () -> read(key));
      assertThrows(IOException.class, () -> read(value));
    }
  }

  private static Dump.Pair[] many() {
    Dump.Pair[] pairs = new Dump.Pair[20];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = new Dump.Pair(new byte[i], new byte[2 * i]);
    }
    return pairs;
  }

  private static Dump.Pair[] read(byte[] file) throws IOException {
    List<Dump.Pair> pairs = new ArrayList<>();
    try (Dump.Reader in = new Dump.Reader(file.length, new ByteArrayInputStream(file))) {
      for (Dump.Pair pair = in.next(); pair != null; pair = in.next()) {
        pairs.add(pair);
      }
    }
    return pairs.toArray(Dump.Pair[]::new);
  }

  private static byte[] dump(Dump.Pair... pairs) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Dump.Writer out = new Dump.Writer(bytes)) {
      for (Dump.Pair pair : pairs) {
        out.put(pair.key(), pair.value());
      }
      out.end();
    }
    return bytes.toByteArray();
  }

  @Test
  void whatHasBeenExecutedIsReadOrRefused() throws Exception {
    try (DB db = Engine.best().open(directory)) {
      Links links = Links.open(db, Applied.NOTHING, WINDOW);
      Applied applied = Applied.NOTHING;
      for (long instance = 1; instance <= 20; instance++) {
        try (WriteBatch batch = db.createWriteBatch()) {
          applied = links.extend(batch, 100, instance);
          db.write(batch);
        }
      }
      Applied written = applied;
      new Mutator(4, written.encode())
          .check(
              DamageException.class,
              input -> {
                Applied read = Applied.decode(input);
                assertArrayEquals(input, read.encode());
                assertTrue(read.instance() >= 0);
                Links.open(db, read, WINDOW);
                assertEquals(written.newestLink(), read.newestLink());
              });
    }
  }

  /** Each batch leaves a link: a record that asks for none would be content with any database. */
  @Test
  void aRecordThatAsksForNoLinkIsRefused() {
    byte[] none = new Applied(20, 4_294_967_295L, 4_294_967_294L).encode();
    assertThrows(DamageException.class, () -> Applied.decode(none));
  }

  /** As if there were no links, but a number of them behind the largest. */
  @Test
  void aNumberOfLinksTakesNoMemory() throws Exception {
    byte[] all = new Applied(1, Long.MIN_VALUE, Long.MAX_VALUE).encode();
    try (DB db = Engine.best().open(directory)) {
      assertThrows(DamageException.class, () -> Links.open(db, Applied.decode(all), WINDOW));
    }
  }
}
