using System.Diagnostics.CodeAnalysis;
using System.Text;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Objects;
using Holdfast.Verifier;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Programs;

/// <summary>Puts together what the verifier is asked, from an image and the environment.</summary>
internal sealed class VerificationRequests(BtfCache btf, UserspaceOptions options)
{
    /// <summary>The kernel's types that programs may name.</summary>
    public BtfGraph? KernelTypes => options.KernelBtf ?? Programs.KernelTypes.Running;

    /// <summary>Builds a request.</summary>
    /// <param name="image">The program.</param>
    /// <param name="resolveMap">Finds the map behind the number in an <c>lddw</c>.</param>
    /// <param name="log">How much log to keep.</param>
    /// <param name="request">The request.</param>
    /// <param name="error">What is missing.</param>
    /// <returns>Whether there is a request.</returns>
    public bool TryBuild(
        ProgramImage image,
        Func<int, MapDescription?> resolveMap,
        VerifierLogOptions log,
        [NotNullWhen(true)] out VerificationRequest? request,
        [NotNullWhen(false)] out StorageError? error)
    {
        request = null;
        ProgramObjectAttributes attributes = image.Attributes;
        if (ProgramTypes.Find(attributes.Type) is not { } type)
        {
            error = new StorageError(Errno.EINVAL, $"program type {(uint)attributes.Type} is not known");
            return false;
        }

        if (!btf.TryGet(attributes.BtfId, out BtfGraph? graph, out error))
            return false;

        request = new VerificationRequest
        {
            Type = type,
            Instructions = image.Instructions,
            AttachType = attributes.ExpectedAttachType,
            Flags = attributes.Flags,
            Name = image.Name,
            License = Encoding.UTF8.GetString(image.License),
            ResolveMap = resolveMap,
            Btf = graph,
            Functions = InfoTables.Functions(image.FunctionInfo, attributes.FunctionInfoRecordSize),
            Lines = InfoTables.Lines(image.LineInfo, attributes.LineInfoRecordSize),
            KernelBtf = KernelTypes,
            AttachBtfId = attributes.AttachBtfId,
            Policy = options.Unprivileged ? VerifierPolicy.Default with { Unprivileged = true } : VerifierPolicy.Default,
            Log = log,
        };
        return true;
    }
}
