/**
 * How the embedded server runs: nothing reachable but a private socket, every commit on disk, small on a small machine.
 * Given on the command line, so that nothing in the cluster overrides them; whoever needs others brings their own server.
 */
export function serverSettings(socketDirectory: string): Record<string, string> {
  return {
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    port: String(SOCKET_PORT),
    max_connections: '100',

    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',

    shared_buffers: '16MB',
    wal_buffers: '1MB',
    work_mem: '4MB',
    maintenance_work_mem: '32MB',
    effective_cache_size: '512MB',
    huge_pages: 'off',
    jit: 'off',
    io_method: 'sync',
    max_worker_processes: '2',
    max_parallel_workers_per_gather: '0',
    max_logical_replication_workers: '0',
    // Nobody replicates it: of tables filled in the transaction that emptied them only the tables are written, and they are on disk before it commits.
    wal_level: 'minimal',
    max_wal_senders: '0',
    autovacuum_max_workers: '1',
    // Samples of 30,000 wide rows took up to 80 MB, once a minute while tables grow.
    default_statistics_target: '25',
    min_wal_size: '64MB',
    max_wal_size: '512MB',

    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    datestyle: 'ISO, YMD',

    // A week of files, one a weekday. Statements, values and the texts of refused statements stay out: they hold what was recorded.
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'server-%u.log',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    log_truncate_on_rotation: 'on',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_checkpoints: 'off',
    log_autovacuum_min_duration: '-1',
  };
}

/** Only part of the socket's name: nothing listens on the network. */
export const SOCKET_PORT = 5432;
export const SUPERUSER = 'cairn';
export const DATABASE = 'cairn';
