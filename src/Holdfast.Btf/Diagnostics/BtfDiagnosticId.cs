namespace Holdfast.Btf;

/// <summary>
/// Stable numbers of everything that can be wrong with BTF bytes. Shown as <c>BTF001</c>…; a number is never reused.
/// </summary>
public enum BtfDiagnosticId
{
    /// <summary>The data ends before the header does.</summary>
    TruncatedHeader = 1,

    /// <summary>The first two bytes are not the magic number 0xeb9f in either byte order.</summary>
    InvalidMagic = 2,

    /// <summary>The version is not 1.</summary>
    UnsupportedVersion = 3,

    /// <summary>The header has flags, and none is defined.</summary>
    UnsupportedFlags = 4,

    /// <summary>The header is longer than known and its tail is not zero.</summary>
    UnsupportedHeader = 5,

    /// <summary>A section lies outside the data, is misaligned, overlaps another or leaves a gap.</summary>
    InvalidSection = 6,

    /// <summary>The string section is empty or does not start and end with a zero byte.</summary>
    InvalidStringSection = 7,

    /// <summary>There are no types.</summary>
    NoTypes = 8,

    /// <summary>A type's record ends after the type section does.</summary>
    TruncatedType = 9,

    /// <summary>A kind that is not known, or that may not stand at this place.</summary>
    UnknownKind = 10,

    /// <summary>There are more types than ids.</summary>
    TooManyTypes = 11,

    /// <summary>A name lies outside the string section.</summary>
    NameOutOfRange = 12,

    /// <summary>A name is missing, is there where none may be, or is not a valid identifier.</summary>
    InvalidName = 13,

    /// <summary>An id outside the graph, or of a type that may not stand here.</summary>
    InvalidTypeId = 14,

    /// <summary>Reserved bits, a flag or a count of the type's <c>info</c> word that its kind does not allow.</summary>
    InvalidInfo = 15,

    /// <summary>A size that its kind does not allow.</summary>
    InvalidSize = 16,

    /// <summary>An integer's encoding, offset or number of bits that is not allowed.</summary>
    InvalidInteger = 17,

    /// <summary>A member whose offset, width or type does not fit its composite.</summary>
    InvalidMember = 18,

    /// <summary>An array whose element, index or size is not allowed.</summary>
    InvalidArray = 19,

    /// <summary>A type that contains or stands for itself.</summary>
    Loop = 20,

    /// <summary>Types nested deeper than the kernel follows (32).</summary>
    NestedTooDeep = 21,

    /// <summary>A prototype's return or parameter type that is not allowed.</summary>
    InvalidPrototype = 22,

    /// <summary>A function or variable linkage that is not allowed.</summary>
    InvalidLinkage = 23,

    /// <summary>A variable in a data section whose place is not allowed.</summary>
    InvalidSectionVariable = 24,

    /// <summary>A declaration tag's component that does not exist.</summary>
    InvalidComponent = 25,

    /// <summary>The data is larger than allowed.</summary>
    TooLarge = 26,

    /// <summary>A type tag that does not stand at the front of a chain of modifiers.</summary>
    MisplacedTypeTag = 27,

    /// <summary>A record size of <c>.BTF.ext</c> that is too small or not a multiple of four.</summary>
    InvalidRecordSize = 28,

    /// <summary>A section of <c>.BTF.ext</c> without records.</summary>
    NoRecords = 29,

    /// <summary>A CO-RE relocation of an unknown kind.</summary>
    UnknownRelocationKind = 30,
}
