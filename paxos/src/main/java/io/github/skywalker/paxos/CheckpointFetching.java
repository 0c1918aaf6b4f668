package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.proto.CheckpointName;
import io.github.skywalker.proto.CheckpointOffer;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Piece;
import io.github.skywalker.proto.PieceWanted;
import io.github.skywalker.storage.CheckpointManifest;
import io.github.skywalker.storage.DamagedException;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.storage.StagedCheckpoint;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.util.function.LongPredicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives a checkpoint for one group that cannot learn from the log any more. It asks for piece
 * after piece, so that the sender need remember nothing, no more is on its way than it has asked
 * for, and whatever breaks off goes on at the byte. Belongs to the loop of transfers.
 */
final class CheckpointFetching {

  private static final Logger log = LoggerFactory.getLogger(CheckpointFetching.class);

  /** How many pieces may be on their way. */
  private static final int WINDOW_PIECES = 4;

  /** After so many periods without a piece, another sender may offer his. */
  private static final int PATIENCE = 4;

  /** After so many periods without a piece, the transfer ends; what has come stays. */
  private static final int MAX_SILENCE = 40;

  private final Group group;
  private final GroupCheckpoints checkpoints;
  private final RunLoop loop;
  private final RunLoop sealing;
  private final Clock clock;
  private final Network network;
  private final NodeObserver observer;
  private final int pieceBytes;
  private final long periodNanos;
  private final LongPredicate hasRoomFor;

  private @Nullable StagedCheckpoint staged;
  private CheckpointName name = CheckpointName.getDefaultInstance();
  private int from;
  private int silence;
  private boolean isSealing;
  private int askedFile;
  private long askedOffset;
  private volatile GroupReport.@Nullable Fetching progress;

  /**
   * Made when the group is opened.
   *
   * @param loop of transfers
   * @param sealing where a checkpoint that has come is read and synced as a whole
   * @param periodNanos after which what has not come is asked for again
   * @param hasRoomFor whether the disk takes so many bytes more
   */
  CheckpointFetching(
      Group group,
      GroupCheckpoints checkpoints,
      RunLoop loop,
      RunLoop sealing,
      Clock clock,
      Network network,
      NodeObserver observer,
      int pieceBytes,
      long periodNanos,
      LongPredicate hasRoomFor) {
    this.group = group;
    this.checkpoints = checkpoints;
    this.loop = loop;
    this.sealing = sealing;
    this.clock = clock;
    this.network = network;
    this.observer = observer;
    this.pieceBytes = pieceBytes;
    this.periodNanos = periodNanos;
    this.hasRoomFor = hasRoomFor;
  }

  /** How far the present transfer is; null if there is none. May be called by any thread. */
  GroupReport.@Nullable Fetching progress() {
    return progress;
  }

  boolean isActive() {
    return staged != null;
  }

  /** A node has deleted what this one asked for, and offers a checkpoint instead. */
  void offered(int node, CheckpointOffer offer) {
    boolean busy = staged != null && (isSealing || node == from || silence < PATIENCE);
    if (busy || offer.getName().getInstance() <= group.chosenUpTo()) {
      return;
    }
    leave();
    try {
      StagedCheckpoint opened =
          StagedCheckpoint.open(
              checkpoints,
              offer.getName().getInstance(),
              offer.getName().getManifestCrc(),
              offer.getManifestBytes());
      staged = opened;
      name = offer.getName();
      from = node;
      silence = 0;
      log.info(
          "Group {}: fetching the checkpoint at {} from node {}, from byte {} on.",
          group.id(),
          name.getInstance(),
          node,
          opened.doneBytes());
      askFromHere(opened);
      go(opened);
      watch(opened);
    } catch (DamagedException refused) {
      refuse(node, refused);
    } catch (IOException failed) {
      fail(failed);
    }
  }

  /** A piece has come. */
  void arrived(int node, Piece piece) {
    StagedCheckpoint into = staged;
    if (into == null || isSealing || node != from || !piece.getName().equals(name)) {
      return;
    }
    byte[] data = piece.getData().toByteArray();
    CRC32C crc = new CRC32C();
    crc.update(data, 0, data.length);
    if ((int) crc.getValue() != piece.getCrc()) {
      observer.refused("node " + node, "a piece with a wrong checksum");
      return;
    }
    try {
      boolean hadManifest = into.manifest() != null;
      if (!into.write(piece.getFile(), piece.getOffset(), data)) {
        return;
      }
      silence = 0;
      CheckpointManifest manifest = into.manifest();
      if (manifest != null && !hadManifest) {
        check(manifest);
        askFromHere(into);
      }
      go(into);
    } catch (DamagedException refused) {
      refuse(node, refused);
    } catch (IOException failed) {
      fail(failed);
    }
  }

  private void check(CheckpointManifest manifest) throws DamagedException {
    GroupImage image = WholeCheckpoint.imageOf(manifest);
    boolean ours =
        group.founding().members().isEmpty() || group.founding().equals(image.founding());
    if (!ours) {
      throw new DamagedException("A checkpoint of a group that others founded");
    }
    if (!hasRoomFor.test(manifest.totalBytes())) {
      throw new DamagedException(
          "A checkpoint of " + manifest.totalBytes() + " bytes, for which the disk has no room");
    }
  }

  /** The node does not have it any more. */
  void gone(int node, CheckpointName which) {
    if (staged != null && !isSealing && node == from && which.equals(name)) {
      leave();
    }
  }

  /** Asks for more, or seals what is complete. */
  private void go(StagedCheckpoint into) {
    CheckpointManifest manifest = into.manifest();
    long total = manifest == null ? 0 : manifest.totalBytes();
    progress = new GroupReport.Fetching(from, name.getInstance(), into.doneBytes(), total);
    if (into.isComplete()) {
      seal(into);
      return;
    }
    if (group.chosenUpTo() >= name.getInstance()) {
      leave(); // Learned in another way meanwhile.
      return;
    }
    ask(into);
  }

  private void askFromHere(StagedCheckpoint into) {
    askedFile = into.file();
    askedOffset = into.offset();
  }

  /** Asks for so much that the window is full. */
  private void ask(StagedCheckpoint into) {
    int files = into.manifest() == null ? 0 : into.manifest().files().size();
    int onTheWay = onTheWay(into);
    while (onTheWay < WINDOW_PIECES && askedFile <= files) {
      long size = into.sizeOf(askedFile);
      if (askedOffset < size) {
        int length = (int) Math.min(pieceBytes, size - askedOffset);
        network.send(
            from,
            Network.Lane.PROMPT,
            Envelope.newBuilder()
                .setGroup(group.id())
                .setPieceWanted(
                    PieceWanted.newBuilder()
                        .setName(name)
                        .setFile(askedFile)
                        .setOffset(askedOffset)
                        .setLength(length))
                .build());
        askedOffset += length;
        onTheWay++;
      }
      if (askedOffset >= size) {
        askedFile++;
        askedOffset = 0;
      }
    }
  }

  /** How many pieces lie between what has come and what was asked for. */
  private int onTheWay(StagedCheckpoint into) {
    int pieces = 0;
    long offset = into.offset();
    for (int file = into.file(); file <= askedFile && pieces < WINDOW_PIECES; file++) {
      boolean last = file == askedFile;
      boolean exists = !last || askedOffset > offset;
      long end = last ? askedOffset : into.sizeOf(file);
      if (exists) {
        pieces += (int) Math.min(WINDOW_PIECES, (end - offset + pieceBytes - 1) / pieceBytes);
      }
      offset = 0;
    }
    return pieces;
  }

  /** What does not come is asked for again, and in the end given up, until somebody offers. */
  private void watch(StagedCheckpoint watched) {
    loop.at(
        clock.nanos() + periodNanos,
        () -> {
          if (staged != watched || isSealing) {
            return;
          }
          silence++;
          if (silence > MAX_SILENCE) {
            leave();
            return;
          }
          if (silence > 1) {
            askFromHere(watched);
            go(watched);
          }
          if (staged == watched && !isSealing) {
            watch(watched);
          }
        });
  }

  private void seal(StagedCheckpoint complete) {
    isSealing = true;
    sealing.execute(
        () -> {
          try {
            boolean whole = complete.seal();
            loop.execute(() -> sealed(complete, whole));
          } catch (IOException failed) {
            loop.execute(
                () -> {
                  isSealing = false;
                  if (failed instanceof DamagedException damaged) {
                    refuse(from, damaged);
                  } else {
                    fail(failed);
                  }
                });
          }
        });
  }

  private void sealed(StagedCheckpoint complete, boolean whole) {
    isSealing = false;
    if (!whole) {
      observer.refused("node " + from, "files of a checkpoint that are not as its manifest says");
      askFromHere(complete);
      go(complete);
      watch(complete);
      return;
    }
    CheckpointManifest manifest = complete.manifest();
    int sender = from;
    staged = null;
    progress = null;
    if (manifest == null) {
      return;
    }
    log.info(
        "Group {}: the checkpoint at {} has come from node {}, {} bytes.",
        group.id(),
        manifest.instance(),
        sender,
        manifest.totalBytes());
    observer.checkpointReceived(group.id(), sender, manifest.instance(), manifest.totalBytes());
    try {
      group.post(new Event.Install(WholeCheckpoint.imageOf(manifest)));
    } catch (DamagedException impossible) {
      refuse(sender, impossible);
    }
  }

  /** Ends the transfer; what has come is good, and stays for the next offer. */
  private void leave() {
    StagedCheckpoint left = staged;
    staged = null;
    progress = null;
    if (left != null) {
      try {
        left.close();
      } catch (IOException failed) {
        log.warn("Group {}: a file that was received was not closed.", group.id(), failed);
      }
    }
  }

  /** What has come cannot be: nothing of it is kept. */
  private void refuse(int node, DamagedException why) {
    log.warn(
        "Group {}: the checkpoint of node {} is refused: {}.", group.id(), node, why.getMessage());
    observer.refused("node " + node, String.valueOf(why.getMessage()));
    StagedCheckpoint refused = staged;
    staged = null;
    progress = null;
    if (refused != null) {
      try {
        refused.discard();
      } catch (IOException failed) {
        log.warn("Group {}: what was received stays there.", group.id(), failed);
      }
    }
  }

  private void fail(IOException why) {
    log.warn("Group {}: receiving a checkpoint failed.", group.id(), why);
    leave();
  }
}
