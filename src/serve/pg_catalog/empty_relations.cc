// Relations of pg_catalog that are always empty here, with PostgreSQL 15's columns: clients ask
// them and are content with no rows.

#include "serve/pg_catalog/bootstrap.h"

namespace kappa::serve::pg_catalog {
namespace {

constexpr Definition kRelations[] = {
    {"pg_policy",
     "oid oid, polname text, polrelid oid, polcmd text, polpermissive bool, polroles "
     "oid[], polqual text, polwithcheck text"},
    {"pg_statistic_ext",
     "oid oid, stxrelid oid, stxname text, stxnamespace oid, stxowner oid, stxstattarget "
     "int4, stxkeys int2[], stxkind text[], stxexprs text"},
    {"pg_publication",
     "oid oid, pubname text, pubowner oid, puballtables bool, pubinsert bool, pubupdate "
     "bool, pubdelete bool, pubtruncate bool, pubviaroot bool"},
    {"pg_publication_rel", "oid oid, prpubid oid, prrelid oid, prqual text, prattrs int2[]"},
    {"pg_publication_namespace", "oid oid, pnpubid oid, pnnspid oid"},
    {"pg_inherits", "inhrelid oid, inhparent oid, inhseqno int4, inhdetachpending bool"},
    {"pg_trigger",
     "oid oid, tgrelid oid, tgparentid oid, tgname text, tgfoid oid, tgtype int2, "
     "tgenabled text, tgisinternal bool, tgconstrrelid oid, tgconstrindid oid, "
     "tgconstraint oid, tgdeferrable bool, tginitdeferred bool, tgnargs int2, tgattr "
     "int2[], tgargs bytea, tgqual text, tgoldtable text, tgnewtable text"},
    {"pg_rewrite",
     "oid oid, rulename text, ev_class oid, ev_type text, ev_enabled text, is_instead "
     "bool, ev_qual text, ev_action text"},
    {"pg_extension",
     "oid oid, extname text, extowner oid, extnamespace oid, extrelocatable bool, "
     "extversion text, extconfig oid[], extcondition text[]"},
    {"pg_cast",
     "oid oid, castsource oid, casttarget oid, castfunc oid, castcontext text, castmethod "
     "text"},
    {"pg_conversion",
     "oid oid, conname text, connamespace oid, conowner oid, conforencoding int4, "
     "contoencoding int4, conproc oid, condefault bool"},
    {"pg_operator",
     "oid oid, oprname text, oprnamespace oid, oprowner oid, oprkind text, oprcanmerge "
     "bool, oprcanhash bool, oprleft oid, oprright oid, oprresult oid, oprcom oid, "
     "oprnegate oid, oprcode oid, oprrest oid, oprjoin oid"},
    {"pg_opclass",
     "oid oid, opcmethod oid, opcname text, opcnamespace oid, opcowner oid, opcfamily oid, "
     "opcintype oid, opcdefault bool, opckeytype oid"},
    {"pg_opfamily", "oid oid, opfmethod oid, opfname text, opfnamespace oid, opfowner oid"},
    {"pg_event_trigger",
     "oid oid, evtname text, evtevent text, evtowner oid, evtfoid oid, evtenabled text, "
     "evttags text[]"},
    {"pg_subscription",
     "oid oid, subdbid oid, subskiplsn text, subname text, subowner oid, subenabled bool, "
     "subbinary bool, substream bool, subtwophasestate text, subdisableonerr bool, "
     "subconninfo text, subslotname text, subsynccommit text, subpublications text[]"},
    {"pg_default_acl",
     "oid oid, defaclrole oid, defaclnamespace oid, defaclobjtype text, defaclacl text[]"},
    {"pg_db_role_setting", "setdatabase oid, setrole oid, setconfig text[]"},
    {"pg_auth_members", "roleid oid, member oid, grantor oid, admin_option bool"},
    {"pg_partitioned_table",
     "partrelid oid, partstrat text, partnatts int2, partdefid oid, partattrs int2[], "
     "partclass oid[], partcollation oid[], partexprs text"},
    {"pg_range",
     "rngtypid oid, rngsubtype oid, rngmultitypid oid, rngcollation oid, rngsubopc oid, "
     "rngcanonical oid, rngsubdiff oid"},
    {"pg_enum", "oid oid, enumtypid oid, enumsortorder float4, enumlabel text"},
    {"pg_depend",
     "classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, refobjsubid "
     "int4, deptype text"},
    {"pg_shdepend",
     "dbid oid, classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, "
     "deptype text"},
    {"pg_seclabel", "objoid oid, classoid oid, objsubid int4, provider text, label text"},
    {"pg_shdescription", "objoid oid, classoid oid, description text"},
    {"pg_foreign_data_wrapper",
     "oid oid, fdwname text, fdwowner oid, fdwhandler oid, fdwvalidator oid, fdwacl "
     "text[], fdwoptions text[]"},
    {"pg_user_mapping", "oid oid, umuser oid, umserver oid, umoptions text[]"},
    {"pg_sequence",
     "seqrelid oid, seqtypid oid, seqstart int8, seqincrement int8, seqmax int8, seqmin "
     "int8, seqcache int8, seqcycle bool"},
    {"pg_aggregate",
     "aggfnoid oid, aggkind text, aggnumdirectargs int2, aggtransfn oid, aggfinalfn oid, "
     "aggcombinefn oid, aggserialfn oid, aggdeserialfn oid, aggmtransfn oid, "
     "aggminvtransfn oid, aggmfinalfn oid, aggfinalextra bool, aggmfinalextra bool, "
     "aggfinalmodify text, aggmfinalmodify text, aggsortop oid, aggtranstype oid, "
     "aggtransspace int4, aggmtranstype oid, aggmtransspace int4, agginitval text, "
     "aggminitval text"},
    {"pg_ts_config", "oid oid, cfgname text, cfgnamespace oid, cfgowner oid, cfgparser oid"},
    {"pg_ts_dict",
     "oid oid, dictname text, dictnamespace oid, dictowner oid, dicttemplate oid, "
     "dictinitoption text"},
    {"pg_ts_parser",
     "oid oid, prsname text, prsnamespace oid, prsstart oid, prstoken oid, prsend oid, "
     "prsheadline oid, prslextype oid"},
    {"pg_ts_template", "oid oid, tmplname text, tmplnamespace oid, tmplinit oid, tmpllexize oid"},
    {"pg_locks",
     "locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, "
     "transactionid oid, classid oid, objid oid, objsubid int2, virtualtransaction text, "
     "pid int4, mode text, granted bool, fastpath bool, waitstart timestamptz"},
    {"pg_stat_activity",
     "datid oid, datname text, pid int4, leader_pid int4, usesysid oid, usename text, "
     "application_name text, client_addr text, client_hostname text, client_port int4, "
     "backend_start timestamptz, xact_start timestamptz, query_start timestamptz, "
     "state_change timestamptz, wait_event_type text, wait_event text, state text, "
     "backend_xid oid, backend_xmin oid, query_id int8, query text, backend_type text"},
    {"pg_stat_user_tables",
     "relid oid, schemaname text, relname text, seq_scan int8, seq_tup_read int8, idx_scan "
     "int8, idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, "
     "n_tup_hot_upd int8, n_live_tup int8, n_dead_tup int8, n_mod_since_analyze int8, "
     "n_ins_since_vacuum int8, last_vacuum timestamptz, last_autovacuum timestamptz, "
     "last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, "
     "autovacuum_count int8, analyze_count int8, autoanalyze_count int8"},
    {"pg_sequences",
     "schemaname text, sequencename text, sequenceowner text, data_type oid, start_value "
     "int8, min_value int8, max_value int8, increment_by int8, cycle bool, cache_size "
     "int8, last_value int8"},
    {"pg_cursors",
     "name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool, "
     "creation_time timestamptz"},
    {"pg_rules", "schemaname text, tablename text, rulename text, definition text"},
    {"pg_policies",
     "schemaname text, tablename text, policyname text, permissive text, roles text[], cmd "
     "text, qual text, with_check text"},
};

}  // namespace

std::span<const Definition> empty_relations() { return kRelations; }

}  // namespace kappa::serve::pg_catalog
