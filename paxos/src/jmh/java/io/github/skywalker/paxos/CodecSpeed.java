package io.github.skywalker.paxos;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.proto.Envelope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Entries to a value, an Accept to bytes, and all the way back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CodecSpeed {

  private static final int VALUE_BYTES = 100;
  private static final int MACHINE = 1001;
  private static final int ROOM_BYTES = 1 << 20;

  /** Entries of one value. */
  @Param({"1", "16", "256"})
  public int entries;

  private final List<Entry> batch = new ArrayList<>();
  private final ByteBuffer frame = ByteBuffer.allocateDirect(ROOM_BYTES);

  /** Makes entries, and a frame that holds them. */
  @Setup
  public void make() throws IOException {
    for (int i = 1; i <= entries; i++) {
      batch.add(new Entry(1, 1, i, MACHINE, 0, new byte[VALUE_BYTES], 0, VALUE_BYTES));
    }
    out();
  }

  /** What the sender does, once for all receivers but for the last step. */
  @Benchmark
  public int out() throws IOException {
    Value value = Value.batch(batch);
    Message accept = new Message.Accept(new Ballot(0, 1, 1, 1), 7, value, 6);
    Envelope envelope = Wire.write(3, accept);
    CodedOutputStream out = CodedOutputStream.newInstance(frame.clear());
    envelope.writeTo(out);
    out.flush();
    frame.flip();
    return frame.limit();
  }

  /** What a receiver does. */
  @Benchmark
  public Message in() throws IOException, Wire.MalformedMessageException {
    Envelope envelope = Envelope.parseFrom(CodedInputStream.newInstance(frame.duplicate()));
    return Objects.requireNonNull(Wire.read(envelope));
  }
}
