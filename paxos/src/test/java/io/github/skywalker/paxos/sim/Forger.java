package io.github.skywalker.paxos.sim;

import com.google.protobuf.ByteString;
import io.github.skywalker.proto.CheckpointGone;
import io.github.skywalker.proto.CheckpointName;
import io.github.skywalker.proto.CheckpointOffer;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Piece;
import io.github.skywalker.proto.PieceWanted;
import io.github.skywalker.storage.CrashDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Lies in manifests. In a run that has it, a node offers, now and then, instead of a checkpoint one
 * in which a file lies outside its directory, and sends what belongs to that. All else in it is
 * true, so that nothing but the name can betray it.
 */
final class Forger {

  /** Before the state in a manifest: what marks it, its group and its instance. */
  private static final int HEAD_BYTES = Long.BYTES + Integer.BYTES + Long.BYTES;

  private static final int MAX_UP = 6;

  /** More than any of its names has. */
  private static final int MAX_NAME_BYTES = 1024;

  /** An offer that was not true, and by whom. */
  private record Lie(int node, int group, CheckpointName name) {}

  /** What is sent for it: a manifest, and the files of a true checkpoint, under whatever name. */
  private record Forgery(byte[] manifest, Path checkpoint, List<String> files) {}

  private final Weather weather;
  private final SplittableRandom random;
  private final Figures figures;
  private final Map<Lie, Forgery> forgeries = new HashMap<>();

  Forger(Weather weather, SplittableRandom random, Figures figures) {
    this.weather = weather;
    this.random = random;
    this.figures = figures;
  }

  /** What a node says instead of this: mostly the same. */
  Envelope instead(SimNetwork by, Envelope said) {
    if (!said.hasCheckpointOffer() || !weather.forges() || random.nextBoolean()) {
      return said;
    }
    CheckpointName real = said.getCheckpointOffer().getName();
    Path checkpoint =
        Path.of("/data/groups/" + said.getGroup() + "/checkpoint-" + real.getInstance());
    byte[] manifest = content(by, checkpoint.resolve("manifest"));
    if (manifest == null || !isWhole(manifest)) {
      return said;
    }
    Forgery forgery = forge(manifest, checkpoint);
    if (forgery.files.isEmpty()) {
      return said;
    }
    CheckpointName name =
        real.toBuilder().setManifestCrc(crc(forgery.manifest, forgery.manifest.length)).build();
    forgeries.put(new Lie(by.id(), said.getGroup(), name), forgery);
    figures.count("checkpoints offered with names that lead elsewhere");
    return Envelope.newBuilder()
        .setGroup(said.getGroup())
        .setCheckpointOffer(
            CheckpointOffer.newBuilder().setName(name).setManifestBytes(forgery.manifest.length))
        .build();
  }

  /** Its disk may have harmed it, and then nobody would take what is made of it. */
  private static boolean isWhole(byte[] manifest) {
    int end = manifest.length - Integer.BYTES;
    return end > HEAD_BYTES && crc(manifest, end) == ByteBuffer.wrap(manifest).getInt(end);
  }

  /** Copies a manifest, with another name for one of its files. */
  private Forgery forge(byte[] manifest, Path checkpoint) {
    ByteBuffer in = ByteBuffer.wrap(manifest);
    int stateBytes = in.getInt(HEAD_BYTES);
    in.position(HEAD_BYTES + Integer.BYTES + stateBytes);
    int count = in.getInt();
    List<String> files = new ArrayList<>();
    ByteBuffer out = ByteBuffer.allocate(manifest.length + MAX_NAME_BYTES);
    out.put(manifest, 0, in.position());
    int chosen = random.nextInt(Math.max(1, count));
    for (int i = 0; i < count; i++) {
      byte[] name = new byte[in.getShort()];
      in.get(name);
      files.add(new String(name, StandardCharsets.UTF_8));
      byte[] said = i == chosen ? elsewhere(files.get(i)).getBytes(StandardCharsets.UTF_8) : name;
      out.putShort((short) said.length).put(said).putLong(in.getLong()).putInt(in.getInt());
    }
    out.putInt(crc(out.array(), out.position()));
    byte[] forged = new byte[out.position()];
    out.flip().get(forged);
    return new Forgery(forged, checkpoint, files);
  }

  /** Out of its directory: beside it, into that of another group, or anywhere on the disk. */
  private String elsewhere(String name) {
    int up = 1 + random.nextInt(MAX_UP);
    return switch (random.nextInt(3)) {
      case 0 -> "../".repeat(up) + name;
      case 1 -> name.substring(0, name.indexOf('/') + 1) + "../".repeat(1 + up) + name;
      default -> "/" + name;
    };
  }

  /** What a node answers who is asked for a piece of what he has lied about; null if he has not. */
  Envelope answer(SimNetwork by, Envelope asked) {
    if (!asked.hasPieceWanted()) {
      return null;
    }
    PieceWanted wanted = asked.getPieceWanted();
    Forgery forgery = forgeries.get(new Lie(by.id(), asked.getGroup(), wanted.getName()));
    if (forgery == null) {
      return null;
    }
    int file = wanted.getFile();
    byte[] all =
        file == 0
            ? forgery.manifest
            : content(by, forgery.checkpoint.resolve(forgery.files.get(file - 1)));
    Envelope.Builder answer = Envelope.newBuilder().setGroup(asked.getGroup());
    int offset = (int) wanted.getOffset();
    if (all == null || offset >= all.length) {
      return answer
          .setCheckpointGone(CheckpointGone.newBuilder().setName(wanted.getName()))
          .build();
    }
    byte[] data = new byte[Math.min(wanted.getLength(), all.length - offset)];
    System.arraycopy(all, offset, data, 0, data.length);
    return answer
        .setPiece(
            Piece.newBuilder()
                .setName(wanted.getName())
                .setFile(file)
                .setOffset(offset)
                .setData(ByteString.copyFrom(data))
                .setCrc(crc(data, data.length)))
        .build();
  }

  /** What a file of a node holds; null if it is not there. */
  private static byte[] content(SimNetwork of, Path file) {
    CrashDisk disk = of.life().host().storage().disk();
    try {
      return disk.exists(file) ? disk.contentOf(file) : null;
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
