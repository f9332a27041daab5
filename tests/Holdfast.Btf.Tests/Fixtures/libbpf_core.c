/* Prints what libbpf makes of an object's CO-RE relocations against a BTF file: the expectation that tests compare with.
 * cc libbpf_core.c -lbpf -o /tmp/libbpf_core && /tmp/libbpf_core core.o target.btf > core.expected */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	if (strstr(line, "relo #"))
		fputs(strstr(line, "relo #"), stdout);
	return 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = argv[2]);
	struct bpf_object *object;

	if (argc != 3)
		return 2;
	libbpf_set_print(print);
	object = bpf_object__open_file(argv[1], &options);
	if (!object)
		return 1;
	bpf_object__load(object); /* the verifier may refuse what was poisoned */
	bpf_object__close(object);
	return 0;
}
