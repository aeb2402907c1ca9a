#include "app/command_line.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

#include "app/consume_command.h"
#include "app/group_command.h"
#include "app/produce_command.h"
#include "app/serve_command.h"
#include "app/settings.h"
#include "app/sql_command.h"
#include "app/topic_command.h"
#include "app/txn_command.h"
#include "app/verify_command.h"

namespace kappa::app {
namespace {

constexpr const char* kAbout =
    "Kappa keeps SQL views up to date over an immutable Kafka-protocol log.\n"
    "Producers write records with any Kafka client; you define views in SQL with psql; every "
    "answer\n"
    "is what the query would give over the whole log, at once.";

constexpr const char* kFirstSteps =
    "First steps:\n"
    "  kappa serve                                  start a server in this directory\n"
    "  psql -h 127.0.0.1 -p 7432                    talk SQL to it (or: kappa sql)\n"
    "  kcat -b 127.0.0.1:9092 -t clicks -P          write records to it\n"
    "  kappa COMMAND --help                         more about a command\n"
    "Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 conflict, 5 denied, 6 timeout.";

constexpr const char* kServeFooter =
    "A setting comes from the flag, else the environment, else the file, else its default.\n"
    "When the server is ready to answer it prints one line to standard output:\n"
    "  ready kafka=127.0.0.1:9092 sql=127.0.0.1:7432 data=./kappa-data\n"
    "Its log goes to standard error. SIGTERM or Ctrl-C stops it cleanly.";

constexpr const char* kConsumeFooter =
    "Formats: %t topic, %p partition, %o offset, %d timestamp, %k key, %v value, %h{%k=%v} "
    "headers,\n"
    "%K %V sizes, %H number of headers, %e leader epoch, %% a percent sign; \\n \\t \\xNN as in "
    "C.\n"
    "Keys and values: %v{hex}, %v{base64}, %v{json}, %v{unpack[<iq]}; times: %d{rfc3339},\n"
    "%d{strftime[%Y-%m-%d]}. Times in -o: 2026-01-31, 2026-01-31T12:00:00Z, milliseconds, -2h.\n"
    "  kappa consume clicks -o -10                  the last ten, then what comes\n"
    "  kappa consume clicks -o @-2h:end -J          two hours as JSON, then stop";

// Where the parsed values go, and the command that was chosen.
struct Choice {
  SettingValues flags;
  std::string config_path;
  SqlOptions sql;
  TopicOptions topic;
  std::vector<std::string> topic_settings;  // NAME=VALUE
  ProduceOptions produce;
  ConsumeOptions consume;
  std::vector<std::string> views;
  std::function<int()> command;
  GroupCommandOptions group;
  TxnCommandOptions txn;
};

const std::map<std::string, Format> kFormats = {
    {"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}};

void add_format(CLI::App& command, Format& format) {
  command.add_option("--format", format, "table (for people), json or csv")
      ->transform(CLI::CheckedTransformer(kFormats, CLI::ignore_case))
      ->option_text("FORMAT");
}

int serve(const Choice& choice) {
  SettingValues file;
  std::string path = choice.config_path;
  const char* variable = std::getenv("KAPPA_CONFIG");
  if (path.empty() && variable != nullptr) path = variable;
  if (!path.empty()) {
    auto read = read_settings_file(path);
    if (!read.ok()) {
      fmt::print(stderr, "kappa serve: {}\n", message_of(read.status()));
      return exit_code_of(read.status());
    }
    file = *read;
  }
  auto options = parse_server_options(resolve_settings(choice.flags, std::getenv, file));
  if (!options.ok()) {
    fmt::print(stderr, "kappa serve: {}\n", message_of(options.status()));
    return exit_code_of(options.status());
  }
  return run_server(*options);
}

void add_serve(CLI::App& app, Choice& choice) {
  CLI::App* serve_app = app.add_subcommand("serve", "Start the server");
  for (const Setting& setting : server_settings()) {
    std::string help = setting.help;
    if (!setting.default_value.empty())
      help += fmt::format(" (default: {})", setting.default_value);
    serve_app
        ->add_option_function<std::string>(
            flag_of(setting),
            [&choice, name = setting.name](const std::string& value) {
              choice.flags[name] = value;
            },
            fmt::format("{} [{}]", help, variable_of(setting)))
        ->option_text(setting.value_name);
  }
  serve_app
      ->add_option("--config", choice.config_path, "A TOML file of these settings [KAPPA_CONFIG]")
      ->option_text("FILE");
  serve_app->footer(kServeFooter);
  serve_app->callback([&] { choice.command = [&] { return serve(choice); }; });
}

void add_url(CLI::App& command, std::string& url) {
  command
      .add_option("--url", url, fmt::format("The server (default: {}) [KAPPA_URL]", kDefaultUrl))
      ->envname("KAPPA_URL")
      ->option_text("URL");
}

void add_sql(CLI::App& app, Choice& choice) {
  CLI::App* sql = app.add_subcommand(
      "sql", "Run SQL on a running server: from -c, from a file, or from standard input");
  sql->add_option("-c,--command", choice.sql.commands, "Run this text; may be given several times")
      ->expected(1)
      ->take_all()
      ->option_text("SQL");
  sql->add_option("-f,--file", choice.sql.file, "Run the statements of a file; - is standard input")
      ->option_text("FILE");
  add_format(*sql, choice.sql.format);
  add_url(*sql, choice.sql.url);
  sql->footer("Results go to standard output, notices and errors to standard error.");
  sql->callback([&] { choice.command = [&] { return run_sql(choice.sql); }; });
}

// Runs the command with the settings that were given, unless one has no form.
int with_settings(Choice& choice, const std::string& name, ExitCode (*run)(const TopicOptions&)) {
  for (const std::string& setting : choice.topic_settings) {
    size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      fmt::print(stderr, "kappa topic {}: --config needs NAME=VALUE, got {}\n", name, setting);
      return kUsage;
    }
    choice.topic.settings[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return run(choice.topic);
}

void add_bootstrap(CLI::App& command, std::string& bootstrap) {
  bootstrap = kDefaultBootstrap;
  command
      .add_option(
          "--bootstrap", bootstrap,
          fmt::format("The Kafka address (default: {}) [KAPPA_BOOTSTRAP]", kDefaultBootstrap))
      ->envname("KAPPA_BOOTSTRAP")
      ->option_text("HOST:PORT");
}

CLI::App* add_topic_action(CLI::App& topic, Choice& choice, const std::string& name,
                           const std::string& about, std::function<int()> action) {
  CLI::App* command = topic.add_subcommand(name, about);
  if (name != "list") command->add_option("TOPIC", choice.topic.topic, "Its name")->required();
  add_bootstrap(*command, choice.topic.bootstrap);
  command->callback([&choice, action] { choice.command = action; });
  return command;
}

void add_topic_setting(CLI::App& command, Choice& choice) {
  command
      .add_option("--config", choice.topic_settings,
                  "A setting, e.g. durability=os or retention.ms=-1")
      ->expected(1)
      ->take_all()
      ->option_text("NAME=VALUE");
}

void add_topic_changes(CLI::App& topic, Choice& choice) {
  CLI::App* alter = add_topic_action(topic, choice, "alter", "Change settings of a topic", [&] {
    return with_settings(choice, "alter", run_topic_alter);
  });
  add_topic_setting(*alter, choice);
  alter->add_option("--reset", choice.topic.reset_settings, "A setting that gets its default again")
      ->expected(1)
      ->take_all()
      ->option_text("NAME");
  CLI::App* grow = add_topic_action(topic, choice, "add-partitions", "Give a topic more partitions",
                                    [&] { return run_topic_add_partitions(choice.topic); });
  grow->add_option("--partitions", choice.topic.partition_count, "How many in all")
      ->check(CLI::Range(1, 10'000))
      ->required()
      ->option_text("N");
  CLI::App* trim =
      add_topic_action(topic, choice, "trim", "Remove a topic's oldest records, for good",
                       [&] { return run_topic_trim(choice.topic); });
  trim->add_option("--before", choice.topic.trim_before,
                   "Records below this offset go; end: all that are there")
      ->required()
      ->option_text("OFFSET");
  trim->add_option("--partition", choice.topic.partition, "Only in this one (default: in all)")
      ->option_text("N");
  add_format(*trim, choice.topic.format);
}

void add_topic(CLI::App& app, Choice& choice) {
  CLI::App* topic = app.add_subcommand("topic", "List, create, describe, change and delete topics");
  topic->require_subcommand(1);
  CLI::App* list = add_topic_action(*topic, choice, "list", "Names and partition counts",
                                    [&] { return run_topic_list(choice.topic); });
  list->add_flag("--internal", choice.topic.with_internal,
                 "Also topics that Kappa keeps for itself");
  add_format(*list, choice.topic.format);
  add_format(*add_topic_action(*topic, choice, "describe", "Partitions, offsets and settings",
                               [&] { return run_topic_describe(choice.topic); }),
             choice.topic.format);
  add_topic_action(*topic, choice, "delete", "Delete a topic and its records, for good",
                   [&] { return run_topic_delete(choice.topic); });
  CLI::App* create = add_topic_action(*topic, choice, "create", "Create a topic", [&] {
    return with_settings(choice, "create", run_topic_create);
  });
  create->add_option("--partitions", choice.topic.partition_count, "How many (default: 1)")
      ->check(CLI::Range(1, 10'000))
      ->option_text("N");
  add_topic_setting(*create, choice);
  add_topic_changes(*topic, choice);
}

void add_produce(CLI::App& app, Choice& choice) {
  CLI::App* produce =
      app.add_subcommand("produce", "Write the lines of standard input to a topic as records");
  ProduceOptions& options = choice.produce;
  produce->add_option("TOPIC", options.topic, "Its name")->required();
  produce->add_option("-k,--key", options.key, "The key of every record")->option_text("KEY");
  produce
      ->add_option("-K,--key-separator", options.key_separator,
                   "Lines are KEY SEPARATOR VALUE, e.g. -K :")
      ->option_text("TEXT");
  produce->add_option("-H,--header", options.headers, "A header of every record")
      ->expected(1)
      ->take_all()
      ->option_text("NAME=VALUE");
  produce->add_option("-p,--partition", options.partition, "The partition (default: by key)")
      ->option_text("N");
  produce
      ->add_option("-z,--compression", options.compression,
                   "none, gzip, snappy, lz4 or zstd (default: lz4)")
      ->option_text("CODEC");
  produce->add_flag("-Z,--empty-is-null", options.empty_is_null,
                    "Empty values are tombstones: they delete the key's row");
  add_bootstrap(*produce, options.bootstrap);
  produce->callback([&] { choice.command = [&] { return run_produce(choice.produce); }; });
}

void add_consume(CLI::App& app, Choice& choice) {
  CLI::App* consume = app.add_subcommand("consume", "Print the records of topics");
  ConsumeOptions& options = choice.consume;
  consume->add_option("TOPIC", options.topics, "Their names")->required();
  consume
      ->add_option("-o,--offset", options.offsets,
                   "start, end, N, +N, -N, A:B, :end, @TIME, @TIME:TIME (default: start)")
      ->option_text("OFFSETS");
  consume->add_option("-n,--count", options.count_max, "Stop after so many records")
      ->option_text("N");
  consume->add_option("-p,--partition", options.partitions, "Only these partitions")
      ->expected(1)
      ->take_all()
      ->option_text("N");
  consume
      ->add_option("-f,--format", options.format,
                   "What to print for each (default: %v\\n); see below")
      ->option_text("FORMAT");
  consume->add_flag("-J,--json", options.is_json, "A JSON object for each, with everything");
  consume->add_flag("--meta-only", options.is_meta_only, "The same with sizes for key and value");
  consume
      ->add_option("-g,--group", options.group,
                   "Read as a member of this consumer group, and commit to it")
      ->option_text("GROUP");
  consume->add_flag("--read-uncommitted", options.reads_uncommitted,
                    "Also records of open and aborted transactions");
  add_bootstrap(*consume, options.bootstrap);
  consume->footer(kConsumeFooter);
  consume->callback([&] { choice.command = [&] { return run_consume(choice.consume); }; });
}

void add_verify(CLI::App& app, Choice& choice) {
  CLI::App* verify = app.add_subcommand(
      "verify", "Compare views with their queries run as batches over the same log prefix");
  verify->add_option("VIEW", choice.views, "The views (default: all)");
  add_url(*verify, choice.sql.url);
  verify->footer("Exit code 0 when every view is equal, 1 with the rows that differ when not.");
  verify->callback(
      [&] { choice.command = [&] { return run_verify(choice.sql.url, choice.views); }; });
}

CLI::App* add_group_action(CLI::App& group, Choice& choice, const std::string& name,
                           const std::string& about, std::function<int()> action) {
  CLI::App* command = group.add_subcommand(name, about);
  if (name != "list") command->add_option("GROUP", choice.group.group, "Its name")->required();
  if (name != "delete") add_format(*command, choice.group.format);
  add_bootstrap(*command, choice.group.bootstrap);
  command->callback([&choice, action] { choice.command = action; });
  return command;
}

void add_group(CLI::App& app, Choice& choice) {
  CLI::App* group = app.add_subcommand("group", "List, describe, reset and delete consumer groups");
  group->require_subcommand(1);
  GroupCommandOptions& options = choice.group;
  add_group_action(*group, choice, "list", "Names, states and members",
                   [&] { return run_group_list(options); });
  add_group_action(*group, choice, "describe", "Committed offsets, lag, and who reads what",
                   [&] { return run_group_describe(options); });
  add_group_action(*group, choice, "delete", "Delete a group without members, and its offsets",
                   [&] { return run_group_delete(options); });
  CLI::App* reset =
      add_group_action(*group, choice, "reset", "Let a group without members go on somewhere else",
                       [&] { return run_group_reset(options); });
  reset->add_flag("--to-earliest", options.to_earliest, "At the first record that is there");
  reset->add_flag("--to-latest", options.to_latest, "Behind the last record");
  reset
      ->add_option("--to-time", options.to_time,
                   "At the first record of this time or later: 2026-11-21T10:00:00Z, ms, -2h")
      ->option_text("TIME");
  reset->add_option("--to-offset", options.to_offset, "At this offset, within what is there")
      ->option_text("N");
  reset
      ->add_option("--topic", options.topic,
                   "In all partitions of this topic, also of a group that is not there yet "
                   "(default: where it has committed)")
      ->option_text("TOPIC");
  reset->add_flag("--dry-run", options.is_dry_run, "Show what would be done");
  reset->footer("Prints where each partition stood and where the group goes on.");
}

void add_txn(CLI::App& app, Choice& choice) {
  CLI::App* txn = app.add_subcommand("txn", "List, describe and abort transactions");
  txn->require_subcommand(1);
  TxnCommandOptions& options = choice.txn;
  auto add = [&](const char* name, const char* about, std::function<int()> run) {
    CLI::App* command = txn->add_subcommand(name, about);
    add_bootstrap(*command, options.bootstrap);
    command->callback([&choice, run] { choice.command = run; });
    return command;
  };
  CLI::App* list =
      add("list", "Transactional ids and their states", [&] { return run_txn_list(options); });
  list->add_option("--state", options.state, "Only those in this state, e.g. Ongoing")
      ->option_text("STATE");
  add_format(*list, options.format);
  CLI::App* describe = add("describe", "What a transaction has written to",
                           [&] { return run_txn_describe(options); });
  add_format(*describe, options.format);
  CLI::App* abort = add("abort", "Abort what an id has open, and fence its producer",
                        [&] { return run_txn_abort(options); });
  for (CLI::App* command : {describe, abort})
    command->add_option("ID", options.transactional_id, "The transactional id")->required();
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app(kAbout, "kappa");
  app.footer(kFirstSteps);
  app.set_version_flag("--version", "kappa " KAPPA_VERSION);
  app.require_subcommand(1);
  Choice choice;
  add_serve(app, choice);
  add_sql(app, choice);
  add_topic(app, choice);
  add_group(app, choice);
  add_txn(app, choice);
  add_produce(app, choice);
  add_consume(app, choice);
  add_verify(app, choice);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;  // prints help or what is wrong
  }
  return choice.command();
}

}  // namespace kappa::app
