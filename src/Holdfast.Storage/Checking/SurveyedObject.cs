using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>An object's file as a survey saw it.</summary>
/// <param name="Status">The file.</param>
/// <param name="Header">Its header, if it is valid and agrees with the file's name.</param>
/// <param name="IsHeld">Whether somebody had it open.</param>
/// <param name="Targets">What its content refers to; null if that can't be told.</param>
internal sealed record SurveyedObject(FileStatus Status, ObjectHeader? Header, bool IsHeld, IReadOnlySet<ObjectKey>? Targets);
