/* sign_paper KEY CERTIFICATES NAME MS <PDF >SIGNED: paper_sign for tests that have other programs
   look at its product. */

#include "casework/paper_sign.h"

enum { TEXT_MAX = 64 * 1024 };

static struct bytes read_all(struct arena *arena, FILE *file)
{
    unsigned char *data = arena_alloc(arena, PDF_SIZE_MAX + 2);
    size_t size = file != NULL ? fread(data, 1, PDF_SIZE_MAX + 1, file) : 0;

    return (struct bytes){data, size};
}

static const char *file_text(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, TEXT_MAX);

    if (file == NULL || fread(text, 1, TEXT_MAX - 1, file) == 0)
        fprintf(stderr, "%s cannot be read\n", path);
    if (file != NULL)
        fclose(file);
    return text;
}

int main(int count, char **words)
{
    struct arena *arena = arena_open((size_t)16 * 1024 * 1024);
    struct cms_signer *signer;
    struct pdf_signing signing;
    struct bytes product;

    if (count != 5)
        return 2;
    signer = cms_signer_open(file_text(arena, words[1]), file_text(arena, words[2]));
    if (signer == NULL)
        return 3;
    signing = (struct pdf_signing){words[3], "出具文书", {strtoll(words[4], NULL, 10)}};
    product = paper_sign(arena, signer, read_all(arena, stdin), &signing);
    if (product.data != NULL)
        fwrite(product.data, 1, product.size, stdout);
    cms_signer_close(signer);
    arena_close(arena);
    return product.data != NULL ? 0 : 4;
}
