package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.ArgumentCompleter;
import org.jline.reader.impl.completer.NullCompleter;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** A client for humans and scripts: one command, commands from a terminal, or lines of a file. */
final class Shell {

  private final ShellCommands commands;
  private final CommandLine parser;
  private final PrintWriter err;

  Shell(ShellCommands commands, PrintWriter out, PrintWriter err) {
    this.commands = commands;
    this.err = err;
    this.parser =
        new CommandLine(commands)
            .setOut(out)
            .setErr(err)
            // A key or value may begin with a dash.
            .setUnmatchedOptionsArePositionalParams(true)
            .setExecutionExceptionHandler(this::failed)
            .setParameterExceptionHandler(this::misused);
  }

  /**
   * Runs the shell as the command line asks for.
   *
   * @param told the servers to start with
   * @param words one command, or nothing
   * @param tls with what it connects; null for plain connections
   * @return the exit code: 0 if every command succeeded
   */
  static int run(List<InetSocketAddress> told, List<String> words, @Nullable TlsOptions tls)
      throws IOException {
    TlsFiles files = tls == null ? null : TlsFiles.read(tls);
    PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, UTF_8);
    try (Servers servers = new Servers(told, Client.connector(files))) {
      Router router = new Router(servers, System::nanoTime, Thread::sleep);
      Shell shell = new Shell(new ShellCommands(servers, router, out, err), out, err);
      if (!words.isEmpty()) {
        return shell.execute(words);
      }
      if (isTerminal()) {
        return shell.interact();
      }
      return shell.executeLines(new InputStreamReader(System.in, UTF_8));
    }
  }

  @SuppressWarnings("SystemConsoleNull") // what it warns of is looked at
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // Since JDK 22 there is a console also where there is no terminal, and this method.
      return Console.class.getMethod("isTerminal").invoke(console).equals(true);
    } catch (ReflectiveOperationException olderJdk) {
      return true;
    }
  }

  /** Runs one command; returns its exit code. */
  int execute(List<String> words) {
    int code = parser.execute(words.toArray(String[]::new));
    parser.getOut().flush();
    err.flush();
    return code;
  }

  /**
   * Runs the commands in a text, one on each line; blank lines and those with # are passed over.
   */
  int executeLines(Reader text) throws IOException {
    int worst = 0;
    BufferedReader lines = new BufferedReader(text);
    for (String line = lines.readLine();
        line != null && !commands.exited();
        line = lines.readLine()) {
      worst = Math.max(worst, executeLine(line));
    }
    return worst;
  }

  private int executeLine(String line) {
    try {
      List<String> words = Words.split(line);
      return words.isEmpty() || words.get(0).startsWith("#") ? 0 : execute(words);
    } catch (IllegalArgumentException unbalanced) {
      err.println("Cannot read this line: " + unbalanced.getMessage());
      return CommandLine.ExitCode.USAGE;
    }
  }

  private int interact() throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      LineReader reader = reader(terminal);
      terminal.writer().println("journey: help lists the commands, exit or Ctrl-D leaves");
      while (!commands.exited()) {
        try {
          executeLine(reader.readLine("journey> "));
        } catch (UserInterruptException thisLine) {
          // Ctrl-C drops the line that was being typed.
        } catch (EndOfFileException end) {
          break;
        }
      }
      return 0;
    }
  }

  private LineReader reader(Terminal terminal) {
    return LineReaderBuilder.builder()
        .terminal(terminal)
        .completer(
            new ArgumentCompleter(
                new StringsCompleter(parser.getSubcommands().keySet()), NullCompleter.INSTANCE))
        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
        .variable(
            LineReader.HISTORY_FILE, Path.of(System.getProperty("user.home"), ".journey_history"))
        .build();
  }

  private int failed(Exception failure, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (!(failure instanceof ShellException)) {
      throw failure;
    }
    err.println(failure.getMessage());
    return CommandLine.ExitCode.SOFTWARE;
  }

  private int misused(CommandLine.ParameterException misuse, String[] words) {
    boolean isUnknown = misuse.getCommandLine() == parser;
    if (isUnknown) {
      err.println("There is no command \"" + words[0] + "\"; help lists those that there are.");
    } else {
      err.println(misuse.getMessage());
      misuse.getCommandLine().usage(err);
    }
    return CommandLine.ExitCode.USAGE;
  }
}
