package io.github.skywalker.paxos;

import com.google.protobuf.UnsafeByteOperations;
import io.github.skywalker.network.Network;
import io.github.skywalker.proto.CheckpointGone;
import io.github.skywalker.proto.CheckpointName;
import io.github.skywalker.proto.CheckpointOffer;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Piece;
import io.github.skywalker.proto.PieceWanted;
import io.github.skywalker.storage.CheckpointManifest;
import io.github.skywalker.storage.DamagedException;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.GroupCheckpoints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the checkpoints of one group to whoever finds the log gone here. It remembers nothing of
 * those whom it sends to: each request names what it wants, so that a transfer goes on after a
 * restart of either side. Belongs to the loop of transfers.
 */
final class CheckpointSending {

  private static final Logger log = LoggerFactory.getLogger(CheckpointSending.class);

  /** A manifest that is being sent, so that it need not be read for each piece. */
  private record Sent(CheckpointManifest manifest, byte[] bytes, int crc) {}

  private final GroupCheckpoints checkpoints;
  private final InUse inUse;
  private final Network network;
  private final int maxPieceBytes;
  private @Nullable Sent last;

  CheckpointSending(GroupCheckpoints checkpoints, InUse inUse, Network network, int maxPieceBytes) {
    this.checkpoints = checkpoints;
    this.inUse = inUse;
    this.network = network;
    this.maxPieceBytes = maxPieceBytes;
  }

  /** Offers the newest checkpoint to a node that wants what is below it. */
  void offer(int node, long from) {
    long newest = checkpoints.newest();
    if (newest < from) {
      return;
    }
    try {
      Sent sent = read(newest);
      send(
          node,
          Envelope.newBuilder()
              .setCheckpointOffer(
                  CheckpointOffer.newBuilder()
                      .setName(name(sent))
                      .setManifestBytes(sent.bytes.length)));
    } catch (IOException failed) {
      log.warn("Group {}: the checkpoint at {} cannot be offered.", group(), newest, failed);
    }
  }

  /**
   * Sends a piece.
   *
   * @return how many bytes were read for it
   */
  long wanted(int node, PieceWanted wanted) {
    CheckpointName name = wanted.getName();
    if (!checkpoints.instances().contains(name.getInstance())) {
      gone(node, name);
      return 0;
    }
    inUse.sending(name.getInstance());
    try {
      Sent sent = read(name.getInstance());
      if (sent.crc != name.getManifestCrc()) {
        gone(node, name);
        return 0;
      }
      byte[] data = piece(sent, wanted.getFile(), wanted.getOffset(), wanted.getLength());
      if (data.length > 0) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, data.length);
        send(
            node,
            Envelope.newBuilder()
                .setPiece(
                    Piece.newBuilder()
                        .setName(name)
                        .setFile(wanted.getFile())
                        .setOffset(wanted.getOffset())
                        .setData(UnsafeByteOperations.unsafeWrap(data))
                        .setCrc((int) crc.getValue())));
      }
      return data.length;
    } catch (IOException failed) {
      log.warn("Group {}: a piece of {} cannot be read.", group(), name.getInstance(), failed);
      gone(node, name);
      return 0;
    }
  }

  private void gone(int node, CheckpointName name) {
    send(node, Envelope.newBuilder().setCheckpointGone(CheckpointGone.newBuilder().setName(name)));
  }

  private Sent read(long instance) throws IOException {
    Sent known = last;
    if (known == null || known.manifest.instance() != instance) {
      CheckpointManifest manifest = checkpoints.manifest(instance);
      byte[] bytes = manifest.encode();
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, bytes.length);
      known = new Sent(manifest, bytes, (int) crc.getValue());
      last = known;
    }
    return known;
  }

  /** What was asked for, as far as there is that; nobody is sent more than one piece may have. */
  private byte[] piece(Sent sent, int file, long offset, int length) throws IOException {
    if (file < 0 || file > sent.manifest.files().size()) {
      throw new DamagedException("A file is asked for that cannot be: " + file);
    }
    long size = file == 0 ? sent.bytes.length : sent.manifest.files().get(file - 1).size();
    if (offset < 0 || offset > size || length < 0) {
      throw new DamagedException("A part is asked for that cannot be: " + file + " at " + offset);
    }
    int count = (int) Math.min(Math.min(length, maxPieceBytes), size - offset);
    if (file == 0) {
      return Arrays.copyOfRange(sent.bytes, (int) offset, (int) offset + count);
    }
    ByteBuffer into = ByteBuffer.allocate(count);
    CheckpointManifest manifest = sent.manifest;
    try (Disk.DiskFile open =
        checkpoints.open(manifest.instance(), manifest.files().get(file - 1))) {
      open.read(into, offset);
    }
    if (into.hasRemaining()) {
      throw new DamagedException("A file of the checkpoint is shorter than its manifest says");
    }
    return into.array();
  }

  private static CheckpointName name(Sent sent) {
    return CheckpointName.newBuilder()
        .setInstance(sent.manifest.instance())
        .setManifestCrc(sent.crc)
        .build();
  }

  private void send(int node, Envelope.Builder message) {
    network.send(node, Network.Lane.BULK, message.setGroup(group()).build());
  }

  private int group() {
    return checkpoints.group();
  }
}
