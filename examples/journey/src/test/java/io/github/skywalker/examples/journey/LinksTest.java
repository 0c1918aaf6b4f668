package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.WriteBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which links a database keeps. */
class LinksTest {

  private static final long WINDOW = 1000;

  @TempDir Path directory;

  @Test
  void linksAreKeptForAsManyBytesAsTheWindowHolds() throws IOException {
    try (DB db = Engine.best().open(directory)) {
      Links links = Links.open(db, Applied.NOTHING, WINDOW);
      Applied applied = extend(db, links, 100, 500);
      assertEquals(500, applied.newestLink());
      long held = applied.newestLink() - applied.oldestLink() + 1;
      assertTrue(held * 140 >= WINDOW && (held - 1) * 140 < WINDOW, "held " + held);
      Links.open(db, applied, WINDOW);
    }
  }

  @Test
  void emptyBatchesCountToo() throws IOException {
    try (DB db = Engine.best().open(directory)) {
      Applied applied = extend(db, Links.open(db, Applied.NOTHING, WINDOW), 0, 500);
      assertTrue(applied.oldestLink() > 400, "oldest " + applied.oldestLink());
    }
  }

  @Test
  void afterARestartLinksAreKeptUntilTheWindowIsFullOfNewBatches() throws IOException {
    try (DB db = Engine.best().open(directory)) {
      Applied before = extend(db, Links.open(db, Applied.NOTHING, WINDOW), 100, 20);
      Links reopened = Links.open(db, before, WINDOW);
      Applied few = extend(db, reopened, 100, 5);
      assertEquals(before.oldestLink(), few.oldestLink());
      Applied many = extend(db, reopened, 100, 5);
      assertTrue(many.oldestLink() > before.newestLink(), "oldest " + many.oldestLink());
      Links.open(db, many, WINDOW);
    }
  }

  @Test
  void aGapIsFoundWhereverItIs() throws IOException {
    try (DB db = Engine.best().open(directory)) {
      Applied applied = extend(db, Links.open(db, Applied.NOTHING, WINDOW), 100, 20);
      for (long number = applied.oldestLink(); number <= applied.newestLink(); number++) {
        db.delete(Layout.link(number));
        assertThrows(DamageException.class, () -> Links.open(db, applied, WINDOW));
        db.put(Layout.link(number), new byte[0]);
      }
      Links.open(db, applied, WINDOW);
    }
  }

  private static Applied extend(DB db, Links links, int bytes, int times) throws IOException {
    Applied applied = Applied.NOTHING;
    for (int i = 0; i < times; i++) {
      try (WriteBatch batch = db.createWriteBatch()) {
        applied = links.extend(batch, bytes, i + 1);
        db.write(batch);
      }
    }
    return applied;
  }
}
