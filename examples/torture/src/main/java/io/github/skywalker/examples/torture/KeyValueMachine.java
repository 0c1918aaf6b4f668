package io.github.skywalker.examples.torture;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/** The keys of one group, in memory, and a digest of all that was executed. */
final class KeyValueMachine implements StateMachine {

  /**
   * What has been executed.
   *
   * @param instance the last instance that held something for this machine
   * @param executions how many there were
   * @param hash of all of them, in their order
   */
  record Digest(long instance, long executions, long hash) {}

  private final Map<String, String> state = new ConcurrentHashMap<>();
  private volatile Digest digest = new Digest(0, 0, 0);

  @Override
  public int machineId() {
    return FIRST_USER_MACHINE_ID;
  }

  /** What a key holds; empty for nothing. Any thread may ask, behind a read barrier. */
  String get(String key) {
    return state.getOrDefault(key, "");
  }

  Digest digest() {
    return digest;
  }

  /** A number that is the same wherever the keys hold the same. */
  long stateHash() {
    long sum = 0;
    for (Map.Entry<String, String> each : state.entrySet()) {
      sum += mix(each.getKey().hashCode() * 31L + each.getValue().hashCode());
    }
    return sum;
  }

  @Override
  public Optional<Checkpoint> checkpoint() {
    return Optional.of(
        new Checkpoint() {
          @Override
          public Snapshot capture() {
            return new StateFile(digest, Map.copyOf(state));
          }

          @Override
          public void restore(long instance, Path directory) throws IOException {
            StateFile file = StateFile.read(directory);
            if (file.digest().instance() > instance) {
              throw new IOException(
                  "A checkpoint of instance "
                      + instance
                      + " holds what was executed at "
                      + file.digest().instance());
            }
            state.clear();
            state.putAll(file.state());
            digest = file.digest();
          }
        });
  }

  /** Whether it took effect: a compare-and-set may find something else. */
  @Override
  public Boolean execute(Execution execution) throws IOException {
    note(execution);
    Command command = Command.decode(execution.copyValue());
    String before = get(command.key());
    if (command.kind() == Kind.CAS && !before.equals(command.expected())) {
      return false;
    }
    boolean appends = command.kind() == Kind.APPEND && !before.isEmpty();
    state.put(command.key(), appends ? before + " " + command.value() : command.value());
    return true;
  }

  private void note(Execution execution) throws IOException {
    Digest last = digest;
    if (execution.instance() < last.instance()) {
      throw new IOException(
          "Instance " + execution.instance() + " is executed behind " + last.instance());
    }
    CRC32C crc = new CRC32C();
    crc.update(execution.value().duplicate());
    long hash = mix(last.hash() * 31 + execution.instance());
    hash = mix(hash * 31 + execution.origin());
    hash = mix(hash * 31 + crc.getValue());
    digest = new Digest(execution.instance(), last.executions() + 1, hash);
  }

  /** Spreads the bits of a number over all of it. */
  private static long mix(long number) {
    long mixed = (number ^ (number >>> 32)) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }
}
