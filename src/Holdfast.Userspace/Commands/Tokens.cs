using Holdfast.Isa.Abi;
using Holdfast.Storage;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF tokens delegate a privilege that nobody needs here, so that no descriptor is one.</summary>
internal static class Tokens
{
    /// <summary>What <c>bpf_token_get_from_fd</c> answers for what is no token.</summary>
    public static int Refuse(EngineState engine, int descriptor) =>
        engine.Descriptors.TryGet(descriptor, out _, out StorageError? error) || error.Errno != Errno.EBADF
            ? Failures.Of(Errno.EINVAL, $"descriptor {descriptor} is no BPF token")
            : Failures.Of(error);
}
