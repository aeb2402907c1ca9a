#include "sql/catalog.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/catalog/entry_lookup_info.hpp>
#include <duckdb/common/exception/binder_exception.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/parser/parsed_data/create_schema_info.hpp>
#include <duckdb/storage/database_size.hpp>
#include <duckdb/storage/storage_extension.hpp>
#include <duckdb/transaction/transaction_manager.hpp>
#include <map>

#include "base/check.h"
#include "sql/catalog_table.h"
#include "sql/database.h"

namespace kappa::sql {
namespace {

using duckdb::CatalogTransaction;
using duckdb::ClientContext;
using duckdb::optional_ptr;

constexpr char kStateName[] = "kappa_snapshot";

struct SnapshotState : duckdb::ClientContextState {
  SnapshotPtr snapshot;
};

[[noreturn]] void refuse(const char* what) {
  throw duckdb::NotImplementedException("%s is not possible here", what);
}

class SnapshotTransaction : public duckdb::Transaction {
 public:
  SnapshotTransaction(duckdb::TransactionManager& manager, ClientContext& context,
                      SnapshotPtr snapshot)
      : Transaction(manager, context), snapshot(std::move(snapshot)) {}
  const SnapshotPtr snapshot;
};

class SnapshotTransactionManager : public duckdb::TransactionManager {
 public:
  using TransactionManager::TransactionManager;

  duckdb::Transaction& StartTransaction(ClientContext& context) override {
    auto state = context.registered_state->Get<SnapshotState>(kStateName);
    auto transaction =
        std::make_unique<SnapshotTransaction>(*this, context, state ? state->snapshot : nullptr);
    auto& reference = *transaction;
    absl::MutexLock lock(&mutex_);
    active_[&reference] = std::move(transaction);
    return reference;
  }
  duckdb::ErrorData CommitTransaction(ClientContext&, duckdb::Transaction& transaction) override {
    end(transaction);
    return duckdb::ErrorData();
  }
  void RollbackTransaction(duckdb::Transaction& transaction) override { end(transaction); }
  void Checkpoint(ClientContext&, bool) override {}

 private:
  void end(duckdb::Transaction& transaction) {
    absl::MutexLock lock(&mutex_);
    active_.erase(&transaction);
  }

  absl::Mutex mutex_;
  std::map<duckdb::Transaction*, std::unique_ptr<SnapshotTransaction>> active_
      ABSL_GUARDED_BY(mutex_);
};

class Schema : public duckdb::SchemaCatalogEntry {
 public:
  Schema(duckdb::Catalog& catalog, duckdb::CreateSchemaInfo& info, bool is_system)
      : SchemaCatalogEntry(catalog, info), is_system_(is_system) {}

  void Scan(ClientContext& context, duckdb::CatalogType type,
            const std::function<void(duckdb::CatalogEntry&)>& callback) override {
    if (type != duckdb::CatalogType::TABLE_ENTRY) return;
    auto& transaction = duckdb::Transaction::Get(context, catalog).Cast<SnapshotTransaction>();
    if (!transaction.snapshot) return;
    for (const RelationPtr& relation : transaction.snapshot->relations(is_system_))
      callback(entry_of(relation));
  }
  void Scan(duckdb::CatalogType, const std::function<void(duckdb::CatalogEntry&)>&) override {}

  optional_ptr<duckdb::CatalogEntry> LookupEntry(CatalogTransaction transaction,
                                                 const duckdb::EntryLookupInfo& lookup) override {
    if (lookup.GetCatalogType() != duckdb::CatalogType::TABLE_ENTRY || !transaction.transaction)
      return nullptr;
    auto& ours = transaction.transaction->Cast<SnapshotTransaction>();
    if (!ours.snapshot) return nullptr;
    RelationPtr relation = ours.snapshot->find(lookup.GetEntryName(), is_system_);
    return relation ? &entry_of(relation) : nullptr;
  }

  optional_ptr<duckdb::CatalogEntry> CreateIndex(CatalogTransaction, duckdb::CreateIndexInfo&,
                                                 duckdb::TableCatalogEntry&) override {
    refuse("CREATE INDEX");
  }
  optional_ptr<duckdb::CatalogEntry> CreateFunction(CatalogTransaction,
                                                    duckdb::CreateFunctionInfo&) override {
    refuse("CREATE FUNCTION");
  }
  optional_ptr<duckdb::CatalogEntry> CreateTable(CatalogTransaction,
                                                 duckdb::BoundCreateTableInfo&) override {
    refuse("CREATE TABLE");
  }
  optional_ptr<duckdb::CatalogEntry> CreateView(CatalogTransaction,
                                                duckdb::CreateViewInfo&) override {
    refuse("CREATE VIEW");
  }
  optional_ptr<duckdb::CatalogEntry> CreateSequence(CatalogTransaction,
                                                    duckdb::CreateSequenceInfo&) override {
    refuse("CREATE SEQUENCE");
  }
  optional_ptr<duckdb::CatalogEntry> CreateType(CatalogTransaction,
                                                duckdb::CreateTypeInfo&) override {
    refuse("CREATE TYPE");
  }
  void DropEntry(ClientContext&, duckdb::DropInfo&) override { refuse("DROP"); }
  void Alter(CatalogTransaction, duckdb::AlterInfo&) override { refuse("ALTER"); }

 private:
  // Entries are kept for good: prepared plans point at them. They are definitions, and small.
  duckdb::CatalogEntry& entry_of(const RelationPtr& relation) {
    absl::MutexLock lock(&mutex_);
    auto& entry = entries_[relation.get()];
    if (!entry) entry = make_table_entry(catalog, *this, relation);
    return *entry;
  }

  const bool is_system_;
  absl::Mutex mutex_;
  std::map<const Relation*, std::unique_ptr<duckdb::TableCatalogEntry>> entries_
      ABSL_GUARDED_BY(mutex_);
};

class RelationCatalog : public duckdb::Catalog {
 public:
  explicit RelationCatalog(duckdb::AttachedDatabase& database) : Catalog(database) {}

  void Initialize(bool) override {
    user_ = make_schema(kUserSchema, false);
    system_ = make_schema(kSystemSchema, true);
  }
  duckdb::string GetCatalogType() override { return "kappa"; }

  optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(
      CatalogTransaction, const duckdb::EntryLookupInfo& lookup,
      duckdb::OnEntryNotFound if_not_found) override {
    duckdb::Identifier name(lookup.GetEntryName());
    if (name == duckdb::Identifier(kUserSchema) || name == duckdb::Identifier("public"))
      return user_.get();
    if (name == duckdb::Identifier(kSystemSchema)) return system_.get();
    if (if_not_found == duckdb::OnEntryNotFound::RETURN_NULL) return nullptr;
    throw duckdb::BinderException("schema %s does not exist", lookup.GetEntryName());
  }
  void ScanSchemas(ClientContext&,
                   std::function<void(duckdb::SchemaCatalogEntry&)> callback) override {
    callback(*user_);
    callback(*system_);
  }

  optional_ptr<duckdb::CatalogEntry> CreateSchema(CatalogTransaction,
                                                  duckdb::CreateSchemaInfo&) override {
    refuse("CREATE SCHEMA");
  }
  void DropSchema(ClientContext&, duckdb::DropInfo&) override { refuse("DROP SCHEMA"); }

  duckdb::PhysicalOperator& PlanCreateTableAs(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                              duckdb::LogicalCreateTable&,
                                              duckdb::PhysicalOperator&) override {
    refuse("CREATE TABLE AS");
  }
  duckdb::PhysicalOperator& PlanInsert(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalInsert&,
                                       optional_ptr<duckdb::PhysicalOperator>) override {
    refuse("this form of INSERT");
  }
  duckdb::PhysicalOperator& PlanDelete(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalDelete&, duckdb::PhysicalOperator&) override {
    refuse("this form of DELETE");
  }
  duckdb::PhysicalOperator& PlanUpdate(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalUpdate&, duckdb::PhysicalOperator&) override {
    refuse("this form of UPDATE");
  }
  // DuckDB's default writes into bind data that it takes for its own.
  duckdb::unique_ptr<duckdb::LogicalOperator> BindCreateIndex(
      duckdb::Binder&, duckdb::CreateStatement&, duckdb::TableCatalogEntry&,
      duckdb::unique_ptr<duckdb::LogicalOperator>) override {
    refuse("CREATE INDEX");
  }
  duckdb::unique_ptr<duckdb::LogicalOperator> BindAlterAddIndex(
      duckdb::Binder&, duckdb::TableCatalogEntry&, duckdb::unique_ptr<duckdb::LogicalOperator>,
      duckdb::unique_ptr<duckdb::CreateIndexInfo>,
      duckdb::unique_ptr<duckdb::AlterTableInfo>) override {
    refuse("ALTER TABLE");
  }

  duckdb::DatabaseSize GetDatabaseSize(ClientContext&) override { return {}; }
  bool InMemory() override { return true; }
  duckdb::string GetDBPath() override { return ""; }

 private:
  std::unique_ptr<Schema> make_schema(const char* name, bool is_system) {
    duckdb::CreateSchemaInfo info;
    info.SetSchema(duckdb::Identifier(name));
    info.internal = is_system;
    return std::make_unique<Schema>(*this, info, is_system);
  }

  std::unique_ptr<Schema> user_;
  std::unique_ptr<Schema> system_;
};

duckdb::unique_ptr<duckdb::Catalog> attach(optional_ptr<duckdb::StorageExtensionInfo>,
                                           ClientContext&, duckdb::AttachedDatabase& database,
                                           const duckdb::string&, duckdb::AttachInfo&,
                                           duckdb::AttachOptions&) {
  return duckdb::make_uniq<RelationCatalog>(database);
}

duckdb::unique_ptr<duckdb::TransactionManager> make_transaction_manager(
    optional_ptr<duckdb::StorageExtensionInfo>, duckdb::AttachedDatabase& database,
    duckdb::Catalog&) {
  return duckdb::make_uniq<SnapshotTransactionManager>(database);
}

}  // namespace

SnapshotPtr snapshot_of(ClientContext& context, duckdb::Catalog& catalog) {
  return duckdb::Transaction::Get(context, catalog).Cast<SnapshotTransaction>().snapshot;
}

void register_catalog(duckdb::DBConfig& config) {
  auto extension = duckdb::make_shared_ptr<duckdb::StorageExtension>();
  extension->attach = attach;
  extension->create_transaction_manager = make_transaction_manager;
  duckdb::StorageExtension::Register(config, "kappa", std::move(extension));
}

void set_snapshot(ClientContext& context, SnapshotPtr snapshot) {
  context.registered_state->GetOrCreate<SnapshotState>(kStateName)->snapshot = std::move(snapshot);
}

}  // namespace kappa::sql
