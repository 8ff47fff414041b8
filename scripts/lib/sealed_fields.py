"""Whether what stands sealed in the tables of a platform opens (M29), and is there no longer than it
may be kept (M25)."""
import datetime
import subprocess
import sys


def columns(books):
    """(table, column) of all that a module seals, as the schema's comments say."""
    return books.sql("SELECT table_name, column_name FROM information_schema.columns"
                     "  WHERE table_schema = 'tongban' AND column_comment RLIKE"
                     "  '^(personal|sensitive|key): (.*, )?sealed(;|$)' ORDER BY 1, 2")


def owners(books):
    """{table: the module whose data keys open it}: the one that may insert into it."""
    return dict(books.sql("SELECT table_name, user FROM mysql.tables_priv WHERE db = 'tongban'"
                          "  AND FIND_IN_SET('Insert', table_priv)"))


def sealed_rows(books):
    """(table, column, id, hex) of all that is sealed, by one client."""
    return books.sql(";".join(f"SELECT '{table}', '{column}', id, HEX({column}) FROM {table}"
                              f"  WHERE {column} IS NOT NULL" for table, column in columns(books)))


def opened(books, module, sealed):
    """What the module says of the lines: nothing when each opens."""
    settings = {"SETTINGS_FILE": str(books.run / "settings" / (module + ".env"))}
    told = subprocess.run([books.programs / module, "--check-seals"], env=settings, text=True,
                          input=sealed, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if told.returncode not in (0, 1):
        sys.exit(f"{module} --check-seals ended with {told.returncode}: {told.stderr}")
    return told.stdout.splitlines()


def unopened(books):
    """What does not open with an existing key in its own row and column, a line each."""
    sealed, module_of = {}, owners(books)
    for row in sealed_rows(books):
        module = module_of[row[0]]  # as MODULE --check-seals reads them
        sealed[module] = sealed.get(module, "") + " ".join(row) + "\n"
    return sum((opened(books, module, some) for module, some in sealed.items()), [])


def business_now(books):
    """UTC; a development platform shifts its clock."""
    clock = books.run / "clock"
    shifted = int(clock.read_text()) if clock.exists() else 0
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(milliseconds=shifted)


def outlived(books):
    """What is sealed beyond the row's keep_until, in every table that has one; the job that wipes it
    may be two hours late."""
    over = (business_now(books) - datetime.timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S")
    kept = {row[0] for row in books.sql(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'tongban'"
        "  AND column_name = 'keep_until'")}
    return [f"{table} {row[0]}: {column}" for table, column in columns(books) if table in kept
            for row in books.sql(f"SELECT id FROM {table} WHERE keep_until < '{over}'"
                                 f"  AND {column} IS NOT NULL")]
