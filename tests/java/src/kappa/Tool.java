package kappa;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a kafka-*.sh script starts: a class of Apache Kafka in a process of its own. */
final class Tool {
  /** What it printed, errors too, and its exit code. */
  record Finished(int code, String output) {}

  private static final int SECONDS_MAX = 60;

  private Tool() {}

  static Finished run(String input, String type, String... arguments) {
    try {
      File output = File.createTempFile("kappa-tool-", ".out");
      Process process = start(output, type, arguments);
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes());
      } catch (IOException closed) {
        // It ended without reading; its output says why.
      }
      boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
      if (!ended) process.destroyForcibly().waitFor();
      String text = Files.readString(output.toPath());
      output.delete();
      if (!ended) throw new IllegalStateException(type + " did not end; it said: " + text);
      return new Finished(process.exitValue(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Process start(File output, String type, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx256m",
        "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), type));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
  }
}
