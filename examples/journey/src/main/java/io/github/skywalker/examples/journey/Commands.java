package io.github.skywalker.examples.journey;

import io.github.skywalker.api.Node;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import io.netty.handler.codec.redis.RedisMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** What the server does for each command. */
final class Commands {

  private static final String KNOWN = "PING, GET, SET, DEL, JOURNEY, COMMAND and QUIT";

  private final Node node;
  private final List<Database> databases;
  private final Shards shards;
  private final Inspection inspection;

  /**
   * @param node hosts the groups from 0 up
   * @param databases the machines of the groups, by their ids
   */
  Commands(Node node, List<Database> databases) {
    this.node = node;
    this.databases = List.copyOf(databases);
    this.shards = new Shards(databases.size());
    this.inspection = new Inspection(node);
  }

  /** Where a connection's commands run. */
  interface Session {

    /** The order of its commands in a group. */
    Lane lane(int group);

    /** Runs something on the connection's event loop, later. */
    void execute(Runnable task);
  }

  /** Lanes for one connection. */
  List<Lane> newLanes() {
    List<Lane> lanes = new ArrayList<>();
    for (int group = 0; group < shards.groups(); group++) {
      lanes.add(new Lane());
    }
    return lanes;
  }

  /**
   * Starts a command, on the connection's event loop.
   *
   * @return its answer, completed on that loop; never exceptionally
   */
  CompletableFuture<Reply> start(Request.Call call, Session session) {
    String name = call.text(0).toUpperCase(Locale.ROOT);
    int arguments = call.words().size() - 1;
    return switch (name) {
      case "PING" -> arguments > 1 ? wrongArity(name) : now(ping(call));
      case "GET" -> arguments != 1 ? wrongArity(name) : get(call, session);
      case "SET" -> arguments < 2 ? wrongArity(name) : set(call, session);
      case "DEL" -> arguments < 1 ? wrongArity(name) : delete(call, session);
      case "JOURNEY" -> arguments < 1 ? wrongArity(name) : journey(call, session);
      case "COMMAND" -> now(Reply.lines(List.of()));
      case "QUIT" -> now(Reply.simple("OK"));
      default -> error(Failures.unknownCommand(call.text(0), KNOWN));
    };
  }

  private CompletableFuture<Reply> journey(Request.Call call, Session session) {
    List<String> words = new ArrayList<>();
    for (int i = 2; i < call.words().size(); i++) {
      words.add(call.text(i));
    }
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    var unused =
        inspection
            .answer(call.text(1).toUpperCase(Locale.ROOT), words)
            .thenAccept(reply -> session.execute(() -> answer.complete(reply)));
    return answer;
  }

  private static Reply ping(Request.Call call) {
    return call.words().size() == 1 ? Reply.simple("PONG") : Reply.bulk(call.words().get(1));
  }

  private CompletableFuture<Reply> get(Request.Call call, Session session) {
    byte[] key = call.words().get(1);
    if (key.length > Limits.KEY_BYTES) {
      return error(Failures.tooLong("key", key.length, Limits.KEY_BYTES));
    }
    int group = shards.groupOf(key);
    Lane lane = session.lane(group);
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    lane.run(
        Lane.Kind.READ,
        () -> {
          var unused =
              node.readBarrier(group, ReadConsistency.LINEARIZABLE)
                  .whenComplete(
                      (instance, failure) ->
                          session.execute(
                              () -> {
                                if (failure == null) {
                                  answer.complete(() -> read(group, key, lane));
                                } else {
                                  lane.done();
                                  answer.complete(Reply.error(Failures.ofRead(group, failure)));
                                }
                              }));
        });
    return answer;
  }

  private RedisMessage read(int group, byte[] key, Lane lane) {
    try {
      return Reply.bulkMessage(databases.get(group).get(key));
    } catch (IOException | RuntimeException unreadable) {
      return Reply.errorMessage(Failures.ofRead(group, unreadable));
    } finally {
      lane.done();
    }
  }

  private CompletableFuture<Reply> set(Request.Call call, Session session) {
    if (call.words().size() > 3) {
      return error("ERR syntax error: SET takes a key and a value, and no options");
    }
    byte[] key = call.words().get(1);
    byte[] value = call.words().get(2);
    if (key.length > Limits.KEY_BYTES) {
      return error(Failures.tooLong("key", key.length, Limits.KEY_BYTES));
    }
    if (value.length > Limits.VALUE_BYTES) {
      return error(Failures.tooLong("value", value.length, Limits.VALUE_BYTES));
    }
    int group = shards.groupOf(key);
    return propose(group, new Command.Set(key, value), session)
        .thenApply(
            result ->
                result.status() == Status.OK
                    ? Reply.simple(Batch.OK)
                    : Reply.error(Failures.ofProposal(group, result)));
  }

  /** Each group removes its keys in one step, but the groups do so independently. */
  private CompletableFuture<Reply> delete(Request.Call call, Session session) {
    SortedMap<Integer, List<byte[]>> byGroup = new TreeMap<>();
    for (byte[] key : call.arguments()) {
      if (key.length > Limits.KEY_BYTES) {
        return error(Failures.tooLong("key", key.length, Limits.KEY_BYTES));
      }
      byGroup.computeIfAbsent(shards.groupOf(key), group -> new ArrayList<>()).add(key);
    }
    Removal all = new Removal();
    byGroup.forEach(
        (group, keys) -> all.add(group, propose(group, new Command.Delete(keys), session)));
    return all.answer();
  }

  private CompletableFuture<ProposeResult> propose(int group, Command command, Session session) {
    CompletableFuture<ProposeResult> answer = new CompletableFuture<>();
    Lane lane = session.lane(group);
    lane.run(
        Lane.Kind.WRITE,
        () ->
            node.propose(
                group,
                command.encode(),
                ProposeOptions.DEFAULT,
                result ->
                    session.execute(
                        () -> {
                          lane.done();
                          answer.complete(result);
                        })));
    return answer;
  }

  private static CompletableFuture<Reply> now(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }

  private static CompletableFuture<Reply> error(String text) {
    return now(Reply.error(text));
  }

  private static CompletableFuture<Reply> wrongArity(String name) {
    return error(Failures.wrongArity(name));
  }
}
