using System.Text;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Attributes;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_BTF_LOAD: check and keep a BTF blob.</summary>
internal sealed class BtfLoad(EngineState engine)
{
    private const uint MaximumSize = 16 << 20; // BTF_MAX_SIZE

    /// <summary>Carries out the command.</summary>
    public int Run(ref BtfLoadAttribute attribute)
    {
        if (attribute.BtfSize > MaximumSize)
            return Failures.Of(Errno.E2BIG, $"BTF is limited to {MaximumSize} bytes");
        if (attribute.BtfLogLevel != 0 && (attribute.BtfLogBuf == 0 || attribute.BtfLogSize == 0))
            return Failures.Of(Errno.EINVAL, "a log level needs a log buffer");
        if (!UserMemory.TryCopy(attribute.Btf, attribute.BtfSize, out byte[] blob))
            return Failures.Of(Errno.EFAULT, "the BTF's address is null");
        if (BtfLoadCheck.TryLoad(blob, null, out _) is { } wrong)
        {
            WriteLog(ref attribute, $"{wrong}\n");
            return Failures.Of(Errno.EINVAL, $"the BTF is not valid: {wrong}");
        }

        return engine.Store.TryCreate(ObjectDefinition.ForBtf(blob), out ObjectFile? file, out StorageError? error)
            ? engine.Descriptors.Add(file)
            : Failures.Of(error);
    }

    private static void WriteLog(ref BtfLoadAttribute attribute, string text)
    {
        if (attribute.BtfLogLevel == 0 || !UserMemory.TrySpan(attribute.BtfLogBuf, attribute.BtfLogSize, out Span<byte> buffer))
            return;
        byte[] log = Encoding.UTF8.GetBytes(text);
        attribute.BtfLogTrueSize = (uint)log.Length + 1;
        int kept = Math.Min(log.Length, buffer.Length - 1);
        log.AsSpan(0, kept).CopyTo(buffer);
        buffer[kept] = 0;
    }
}
