#include <dirent.h>
#include <errno.h>

#include "core/config.h"
#include "core/crypto.h"
#include "core/module_keys.h"

enum { MODULES_MAX = 64, NAME_MAX_SIZE = 24, KEY_SIZE_MIN = 32, KEY_SIZE_MAX = 4096 };

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

struct module_keys {
    size_t count;
    struct {
        char name[NAME_MAX_SIZE];
        struct bytes key;
    } items[MODULES_MAX];
};

/* The length of NAME in "NAME.key"; 0 for other files, which are nobody's. */
static size_t name_size_of(const char *file)
{
    size_t size = strspn(file, name_letters);

    return size < NAME_MAX_SIZE && strcmp(file + size, ".key") == 0 ? size : 0;
}

static bool add_key(struct module_keys *keys, const char *folder, const char *file,
                    size_t name_size)
{
    char path[512];
    size_t size = 0;
    char *text;

    if (keys->count == MODULES_MAX) {
        fprintf(stderr, "folder %s: more than %d keys\n", folder, MODULES_MAX);
        return false;
    }
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    text = secret_read(path, KEY_SIZE_MAX, &size);
    if (text == NULL)
        return false;
    memcpy(keys->items[keys->count].name, file, name_size);
    keys->items[keys->count++].key = (struct bytes){(const unsigned char *)text, size};
    if (size < KEY_SIZE_MIN)
        fprintf(stderr, "file %s: a key has at least %d bytes\n", path, KEY_SIZE_MIN);
    return size >= KEY_SIZE_MIN;
}

struct module_keys *module_keys_open(const char *folder)
{
    struct module_keys *keys = calloc(1, sizeof(*keys));
    DIR *directory = opendir(folder);
    bool is_good = directory != NULL;

    if (keys == NULL)
        abort();
    if (directory == NULL)
        fprintf(stderr, "folder %s: %s\n", folder, strerror(errno));
    for (struct dirent *entry; is_good && (entry = readdir(directory)) != NULL;) {
        size_t name_size = name_size_of(entry->d_name);

        if (name_size > 0)
            is_good = add_key(keys, folder, entry->d_name, name_size);
    }
    if (directory != NULL)
        closedir(directory);
    if (is_good)
        return keys;
    module_keys_close(keys);
    return NULL;
}

void module_keys_close(struct module_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->count; i++) {
        void *key = (void *)(uintptr_t)keys->items[i].key.data;

        wipe(key, keys->items[i].key.size);
        free(key);
    }
    free(keys);
}

struct bytes module_key_of(const struct module_keys *keys, const char *name, size_t name_size)
{
    for (size_t i = 0; keys != NULL && i < keys->count; i++)
        if (strlen(keys->items[i].name) == name_size &&
            memcmp(keys->items[i].name, name, name_size) == 0)
            return keys->items[i].key;
    return (struct bytes){NULL, 0};
}
