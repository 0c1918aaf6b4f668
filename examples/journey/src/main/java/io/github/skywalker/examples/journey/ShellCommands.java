package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What a user of the shell can say. */
@Command(
    name = "journey shell",
    synopsisSubcommandLabel = "COMMAND",
    description = "Asks and changes a journey cluster.")
final class ShellCommands {

  private static final int OK = 0;
  private static final int FAILED = 1;

  private static final String NODE = "id=host:port, with its port for the other nodes";

  /** A checkpoint of much data takes its time. */
  private static final int CHECKPOINT_MILLIS = 600_000;

  private final Servers servers;
  private final Router router;
  private final Members members;
  private final PrintWriter out;
  private final PrintWriter err;
  private boolean exited;

  ShellCommands(Servers servers, Router router, PrintWriter out, PrintWriter err) {
    this.servers = servers;
    this.router = router;
    this.members = new Members(servers, router.pause(), out, err);
    this.out = out;
    this.err = err;
  }

  /** Whether the user has had enough. */
  boolean exited() {
    return exited;
  }

  @Command(description = "Sets KEY to VALUE.")
  int put(
      @Parameters(paramLabel = "KEY", description = "at most 64 KiB") String key,
      @Parameters(paramLabel = "VALUE", description = "at most 1 MiB") String value)
      throws ShellException, InterruptedException {
    send(key, List.of("SET", key, value), Router.Effect.WRITES);
    out.println("OK");
    return OK;
  }

  @Command(description = "Prints the value of KEY; fails if there is none.")
  int get(@Parameters(paramLabel = "KEY", description = "the key") String key)
      throws ShellException, InterruptedException {
    Answer answer = send(key, List.of("GET", key), Router.Effect.READS);
    if (answer instanceof Answer.Bulk value) {
      out.println(Printable.show(value.bytes()));
      return OK;
    }
    err.println("There is no key " + key);
    return FAILED;
  }

  @Command(description = "Removes KEYs, and prints how many of them were there.")
  int delete(
      @Parameters(paramLabel = "KEY", arity = "1..*", description = "one key, or several")
          List<String> keys)
      throws ShellException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add("DEL");
    words.addAll(keys);
    Answer answer = send(keys.get(0), words, Router.Effect.WRITES);
    long count = answer instanceof Answer.Count number ? number.value() : 0;
    out.println(count == 1 ? "1 key deleted" : count + " keys deleted");
    return OK;
  }

  @Command(description = "Prints the master of each group.")
  int master() throws ShellException {
    Table table = new Table("group", "master", "address", "version");
    for (Fields group : askFirst("MASTER")) {
      table.add(
          group.get("group").orElse("?"),
          group.get("master").map(id -> "node " + id).orElse("none yet"),
          group.get("address").map(ShellCommands::withoutId).orElse(""),
          group.get("version").orElse(""));
    }
    out.print(table);
    return OK;
  }

  @Command(description = "Prints the members and followers of each group.")
  int members() throws ShellException {
    Table table = new Table("group", "version", "members", "followers");
    for (Fields group : askFirst("MEMBERS")) {
      table.add(
          group.get("group").orElse("?"),
          group.get("version").orElse("?"),
          String.join(" ", group.all("member")),
          String.join(" ", group.all("follower")));
    }
    out.print(table);
    return OK;
  }

  @Command(description = "Prints what each node does in each group, and how far it has come.")
  int report() throws ShellException {
    Report report = new Report();
    List<String> silent = new ArrayList<>();
    servers.lookAround();
    // Those that are asked may name others.
    for (int i = 0; i < servers.all().size(); i++) {
      InetSocketAddress address = servers.all().get(i);
      try {
        report.add(servers.inspect(address, "REPORT"));
      } catch (IOException failure) {
        silent.add(Addresses.show(address) + " does not answer: " + failure.getMessage());
      }
    }
    if (silent.size() == servers.all().size()) {
      throw nobody();
    }
    out.print(report);
    silent.forEach(out::println);
    return OK;
  }

  @Command(description = "Has every node take a checkpoint of each group, and waits for that.")
  int checkpoint() throws ShellException {
    Table table = new Table("group", "node", "checkpoint", "");
    List<String> silent = new ArrayList<>();
    boolean failed = false;
    for (InetSocketAddress address : List.copyOf(servers.all())) {
      try {
        for (Fields line : servers.inspect(address, "CHECKPOINT", CHECKPOINT_MILLIS)) {
          failed |= line.get("failed").isPresent();
          table.add(
              line.get("group").orElse("?"),
              line.get("node").orElse("?"),
              line.get("checkpoint").orElse("none"),
              line.get("failed").orElse(""));
        }
      } catch (IOException failure) {
        silent.add(Addresses.show(address) + " does not answer: " + failure.getMessage());
      }
    }
    if (silent.size() == servers.all().size()) {
      throw nobody();
    }
    out.print(table);
    silent.forEach(out::println);
    return failed || !silent.isEmpty() ? FAILED : OK;
  }

  @Command(
      name = "add-follower",
      description = "Waits until a node follows all groups, or says how it is started.")
  int addFollower(@Parameters(paramLabel = "NODE", description = NODE) String node)
      throws ShellException, InterruptedException {
    return members.awaitFollower(member(node));
  }

  @Command(name = "add-member", description = "Makes a node that follows a member of all groups.")
  int addMember(@Parameters(paramLabel = "NODE", description = NODE) String node)
      throws ShellException {
    return members.change(List.of("JOURNEY", "ADD", node), 0, member(node));
  }

  @Command(name = "remove-member", description = "Removes a member from all groups.")
  int removeMember(@Parameters(paramLabel = "ID", description = "its id") int id)
      throws ShellException {
    return members.change(List.of("JOURNEY", "REMOVE", Integer.toString(id)), id, null);
  }

  @Command(
      name = "replace-member",
      description = "Puts a node that follows in the place of a member, in all groups.")
  int replaceMember(
      @Parameters(paramLabel = "ID", description = "the id of the one that goes") int id,
      @Parameters(paramLabel = "NODE", description = NODE) String node)
      throws ShellException {
    return members.change(
        List.of("JOURNEY", "REPLACE", Integer.toString(id), node), id, member(node));
  }

  private static Member member(String node) throws ShellException {
    try {
      return Member.parse(node);
    } catch (IllegalArgumentException wrong) {
      throw new ShellException(String.valueOf(wrong.getMessage()));
    }
  }

  @Command(description = "Leaves the shell.")
  int exit() {
    exited = true;
    return OK;
  }

  @Command(description = "Prints the commands.")
  int help() {
    out.print(
        """
        put KEY VALUE            sets KEY to VALUE
        get KEY                  prints the value of KEY
        delete KEY...            removes keys, and prints how many of them were there
        master                   prints the master of each group
        members                  prints the members and followers of each group
        report                   prints what each node does in each group, and how far it is
        checkpoint               has every node take a checkpoint of each group
        add-follower NODE        waits until a node follows all groups
        add-member NODE          makes a node that follows a member
        remove-member ID         removes a member
        replace-member ID NODE   puts a node that follows in the place of a member
        help                     prints this
        exit                     leaves the shell
        A NODE is written as id=host:port, with the port for the other nodes.
        A key or value with blanks is written in quotes.
        """);
    return OK;
  }

  private Answer send(String key, List<String> words, Router.Effect effect)
      throws ShellException, InterruptedException {
    List<byte[]> bytes = words.stream().map(word -> word.getBytes(UTF_8)).toList();
    return router.send(key.getBytes(UTF_8), bytes, effect);
  }

  private List<Fields> askFirst(String what) throws ShellException {
    for (InetSocketAddress address : servers.all()) {
      try {
        return servers.inspect(address, what);
      } catch (IOException notThere) {
        // The next one may be.
      }
    }
    throw nobody();
  }

  private ShellException nobody() {
    return new ShellException(
        "No server answers ("
            + servers.troubles()
            + "). Is the cluster running? \"journey cluster\" starts one.");
  }

  private static String withoutId(String member) {
    return member.substring(member.indexOf('=') + 1);
  }
}
